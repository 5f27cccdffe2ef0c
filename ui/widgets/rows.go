package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"torii/ui/theme"
)

// Divided stacks objects with a line between those that are visible.
type Divided struct {
	widget.BaseWidget
	objects []fyne.CanvasObject
	pad     float32
}

// NewDivided stacks objects with pad pixels above and below each line.
func NewDivided(pad float32, objects ...fyne.CanvasObject) *Divided {
	d := &Divided{objects: objects, pad: pad}
	d.ExtendBaseWidget(d)
	return d
}

// visible are the objects that can be seen.
func (d *Divided) visible() []fyne.CanvasObject {
	var all []fyne.CanvasObject
	for _, o := range d.objects {
		if o.Visible() {
			all = append(all, o)
		}
	}
	return all
}

// HeightFor implements HeightForWidth.
func (d *Divided) HeightFor(width float32) float32 {
	var height float32
	for i, o := range d.visible() {
		if i > 0 {
			height += 2*d.pad + 1
		}
		height += HeightOf(o, width)
	}
	return height
}

// CreateRenderer implements fyne.Widget.
func (d *Divided) CreateRenderer() fyne.WidgetRenderer {
	r := &dividedRenderer{owner: d}
	for range d.objects {
		r.lines = append(r.lines, canvas.NewRectangle(nil))
	}
	r.apply()
	return r
}

type dividedRenderer struct {
	owner *Divided
	lines []*canvas.Rectangle
}

func (r *dividedRenderer) MinSize() fyne.Size {
	var width float32
	for _, o := range r.owner.visible() {
		width = max(width, o.MinSize().Width)
	}
	return fyne.NewSize(width, r.owner.HeightFor(max(width, r.owner.Size().Width)))
}

func (r *dividedRenderer) Layout(size fyne.Size) {
	for _, l := range r.lines {
		l.Hide()
	}
	var y float32
	for i, o := range r.owner.visible() {
		if i > 0 {
			l := r.lines[i]
			l.Move(fyne.NewPos(0, y+r.owner.pad))
			l.Resize(fyne.NewSize(size.Width, 1))
			l.Show()
			y += 2*r.owner.pad + 1
		}
		height := HeightOf(o, size.Width)
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, height))
		y += height
	}
}

func (r *dividedRenderer) Objects() []fyne.CanvasObject {
	all := append([]fyne.CanvasObject{}, r.owner.objects...)
	for _, l := range r.lines {
		all = append(all, l)
	}
	return all
}

func (r *dividedRenderer) Destroy() {}

func (r *dividedRenderer) Refresh() {
	r.apply()
	r.Layout(r.owner.Size())
	canvas.Refresh(r.owner)
}

func (r *dividedRenderer) apply() {
	for _, l := range r.lines {
		l.FillColor = colorOf(r.owner, theme.ColorLine)
	}
}

// Fact is a line with a label at the left and a value at the right. A value
// that does not fit beside its label wraps; one for which there is little room
// stands below it.
type Fact struct {
	widget.BaseWidget
	label, value *Text
}

// NewFact makes a line that is hidden until it has a value.
func NewFact(label string) *Fact {
	f := &Fact{
		label: NewText(Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, label),
		value: NewText(Look{Size: theme.SizeSecond, Align: fyne.TextAlignTrailing}, ""),
	}
	f.ExtendBaseWidget(f)
	f.Hide()
	return f
}

// Label is what the value is of.
func (f *Fact) Label() string { return f.label.Text() }

// Value is what the line says.
func (f *Fact) Value() string { return f.value.Text() }

// Set shows a value; the line is hidden without one.
func (f *Fact) Set(value string) {
	if f.value.Text() != value {
		f.value.SetText(value)
		f.Refresh()
	}
	switch {
	case value == "" && f.Visible():
		f.Hide()
	case value != "" && !f.Visible():
		f.Show()
	}
}

// sizes are the widths of label and value beside each other; false where the
// value has to go below.
func (f *Fact) sizes(width float32) (label, value float32, beside bool) {
	label = f.label.width(f.label.text)
	value = width - label - theme.Between
	return label, value, value >= width*0.4 || value >= f.value.width(f.value.text)
}

// HeightFor implements HeightForWidth.
func (f *Fact) HeightFor(width float32) float32 {
	label, value, beside := f.sizes(width)
	if beside {
		return max(f.label.HeightFor(label), f.value.HeightFor(value))
	}
	return f.label.HeightFor(width) + 1 + f.value.HeightFor(width)
}

// CreateRenderer implements fyne.Widget.
func (f *Fact) CreateRenderer() fyne.WidgetRenderer { return &factRenderer{fact: f} }

type factRenderer struct{ fact *Fact }

func (r *factRenderer) MinSize() fyne.Size {
	return fyne.NewSize(120, r.fact.HeightFor(max(120, r.fact.Size().Width)))
}

func (r *factRenderer) Layout(size fyne.Size) {
	f := r.fact
	label, value, beside := f.sizes(size.Width)
	f.label.Move(fyne.Position{})
	if beside {
		f.label.Resize(fyne.NewSize(label, f.label.HeightFor(label)))
		f.value.Move(fyne.NewPos(size.Width-value, 0))
		f.value.Resize(fyne.NewSize(value, f.value.HeightFor(value)))
		return
	}
	top := f.label.HeightFor(size.Width)
	f.label.Resize(fyne.NewSize(size.Width, top))
	f.value.Move(fyne.NewPos(0, top+1))
	f.value.Resize(fyne.NewSize(size.Width, f.value.HeightFor(size.Width)))
}

func (r *factRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.fact.label, r.fact.value}
}

func (r *factRenderer) Destroy() {}

func (r *factRenderer) Refresh() {
	r.Layout(r.fact.Size())
	canvas.Refresh(r.fact)
}
