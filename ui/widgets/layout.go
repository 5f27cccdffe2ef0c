package widgets

import "fyne.io/fyne/v2"

// HeightForWidth is an object whose height depends on its width.
type HeightForWidth interface {
	// HeightFor is the height that the object needs at a width.
	HeightFor(width float32) float32
}

// HeightLayout is a layout that knows its height for a width.
type HeightLayout interface {
	// HeightFor is the height that the objects need at a width.
	HeightFor(objects []fyne.CanvasObject, width float32) float32
}

// HeightOf is the height that an object needs at a width.
func HeightOf(o fyne.CanvasObject, width float32) float32 {
	switch o := o.(type) {
	case HeightForWidth:
		return o.HeightFor(width)
	case *fyne.Container:
		if l, ok := o.Layout.(HeightLayout); ok {
			return l.HeightFor(o.Objects, width)
		}
	}
	return o.MinSize().Height
}

// column puts objects below each other, each as wide as the column.
type column struct {
	gap   float32
	width float32 // when last laid out; 0 before
}

// NewColumn stacks objects from top to bottom with a gap between those that
// are visible.
func NewColumn(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: &column{gap: gap}, Objects: objects}
}

func (c *column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var width float32
	for _, o := range objects {
		if o.Visible() {
			width = max(width, o.MinSize().Width)
		}
	}
	return fyne.NewSize(width, c.HeightFor(objects, max(width, c.width)))
}

func (c *column) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	var height float32
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		if height > 0 {
			height += c.gap
		}
		height += HeightOf(o, width)
	}
	return height
}

func (c *column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	c.width = size.Width
	var y float32
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		height := HeightOf(o, size.Width)
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, height))
		y += height + c.gap
	}
}

// row puts objects beside each other; one of them takes the width that is left.
type row struct {
	gap    float32
	expand int  // index of the object that grows; -1 for none
	top    bool // aligned at the top, not in the middle
	width  float32
}

// NewTopRow is a NewRow whose objects stand at the top.
func NewTopRow(gap float32, expand int, objects ...fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: &row{gap: gap, expand: expand, top: true}, Objects: objects}
}

// NewRow puts objects beside each other, in the middle of the height. The
// object with index expand takes the width that the others leave; -1 leaves it
// empty at the right.
func NewRow(gap float32, expand int, objects ...fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: &row{gap: gap, expand: expand}, Objects: objects}
}

// widths are the widths of the objects in a row of a width; 0 for hidden ones.
func (r *row) widths(objects []fyne.CanvasObject, width float32) []float32 {
	all := make([]float32, len(objects))
	rest := width
	visible := 0
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		visible++
		if i != r.expand {
			all[i] = o.MinSize().Width
			rest -= all[i]
		}
	}
	if r.expand >= 0 && objects[r.expand].Visible() {
		all[r.expand] = max(0, rest-float32(max(0, visible-1))*r.gap)
	}
	return all
}

func (r *row) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var width float32
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		if width > 0 {
			width += r.gap
		}
		width += o.MinSize().Width
	}
	return fyne.NewSize(width, r.HeightFor(objects, max(width, r.width)))
}

func (r *row) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	var height float32
	for i, w := range r.widths(objects, width) {
		if objects[i].Visible() {
			height = max(height, HeightOf(objects[i], w))
		}
	}
	return height
}

func (r *row) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	r.width = size.Width
	var x float32
	for i, w := range r.widths(objects, size.Width) {
		o := objects[i]
		if !o.Visible() {
			continue
		}
		height := min(size.Height, HeightOf(o, w))
		y := (size.Height - height) / 2
		if r.top {
			y = 0
		}
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, height))
		x += w + r.gap
	}
}

// flow puts objects beside each other as long as they fit, and goes on below.
type flow struct {
	gap   float32
	width float32
}

// NewFlow puts objects beside each other; what does not fit goes into the next
// line, and what is wider than a line fills it.
func NewFlow(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: &flow{gap: gap}, Objects: objects}
}

// line is one line of a flow.
type line struct {
	objects       []fyne.CanvasObject
	width, height float32
}

// lines fills lines of a width.
func (f *flow) lines(objects []fyne.CanvasObject, width float32) []line {
	var all []line
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		size := o.MinSize()
		if n := len(all); n > 0 && all[n-1].width+f.gap+size.Width <= width+slack {
			last := &all[n-1]
			last.objects = append(last.objects, o)
			last.width += f.gap + size.Width
			last.height = max(last.height, size.Height)
			continue
		}
		all = append(all, line{objects: []fyne.CanvasObject{o}, width: min(size.Width, width), height: size.Height})
	}
	return all
}

func (f *flow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var widest, all float32
	for _, o := range objects {
		if o.Visible() {
			widest = max(widest, o.MinSize().Width)
			all += o.MinSize().Width + f.gap
		}
	}
	width := f.width
	if width == 0 {
		width = all
	}
	return fyne.NewSize(widest, f.HeightFor(objects, max(width, widest)))
}

func (f *flow) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	var height float32
	for i, l := range f.lines(objects, width) {
		if i > 0 {
			height += f.gap
		}
		height += l.height
	}
	return height
}

func (f *flow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	f.width = size.Width
	var y float32
	for _, l := range f.lines(objects, size.Width) {
		var x float32
		for _, o := range l.objects {
			own := o.MinSize()
			o.Move(fyne.NewPos(x, y+(l.height-own.Height)/2))
			o.Resize(fyne.NewSize(min(own.Width, size.Width), own.Height))
			x += own.Width + f.gap
		}
		y += l.height + f.gap
	}
}

// outdent moves an object to the left by the space that it leaves there.
type outdent struct{ by float32 }

// NewOutdent moves an object by pixels to the left, where its own inner space
// would break the line with what stands above it.
func NewOutdent(by float32, object fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: outdent{by: by}, Objects: []fyne.CanvasObject{object}}
}

func (d outdent) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().SubtractWidthHeight(d.by, 0)
}

func (d outdent) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(-d.by, 0))
	objects[0].Resize(size.AddWidthHeight(d.by, 0))
}
