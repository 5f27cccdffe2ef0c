package authform

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of a document: the largest that gateways send stays far below.
const (
	maxDepth    = 32
	maxElements = 4096
)

var errTooBig = errors.New("the document is nested too deep or has too many elements")

// node is one element of a document.
type node struct {
	name     string
	attrs    map[string]string
	children []*node
	text     string // its own character data, trimmed
	raw      []byte // the element as it came, tags included
}

// parseDocument reads a whole document. Prefixes of names are dropped: gateways
// use none.
func parseDocument(document []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(document))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	p := parser{decoder: d, document: document}
	for {
		start := d.InputOffset()
		token, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("find the document's element: %w", err)
		}
		if element, ok := token.(xml.StartElement); ok {
			return p.element(element, start, 0)
		}
	}
}

type parser struct {
	decoder  *xml.Decoder
	document []byte
	elements int
}

// element reads up to the end of an element that began at offset start.
func (p *parser) element(open xml.StartElement, start int64, depth int) (*node, error) {
	p.elements++
	if depth > maxDepth || p.elements > maxElements {
		return nil, errTooBig
	}
	n := &node{name: open.Name.Local, attrs: map[string]string{}}
	for _, a := range open.Attr {
		n.attrs[a.Name.Local] = a.Value
	}
	var text strings.Builder
	for {
		before := p.decoder.InputOffset()
		token, err := p.decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("read element %s: %w", n.name, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			child, err := p.element(t, before, depth+1)
			if err != nil {
				return nil, err
			}
			n.children = append(n.children, child)
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			n.text = strings.TrimSpace(text.String())
			n.raw = p.document[start:p.decoder.InputOffset()]
			return n, nil
		}
	}
}

// is reports whether an attribute says yes, in either of the gateways' ways.
func (n *node) is(attribute string) bool {
	value := n.attrs[attribute]
	return value == "1" || strings.EqualFold(value, "true")
}

// child returns the first child of a name, or nil.
func (n *node) child(name string) *node {
	if n == nil {
		return nil
	}
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// textOf returns the text of the first child of a name, with %s filled in from
// the attributes param1, param2 .. (facts page, section 2).
func (n *node) textOf(name string) string {
	c := n.child(name)
	if c == nil {
		return ""
	}
	text := c.text
	for i := 1; strings.Contains(text, "%s"); i++ {
		value, ok := c.attrs[fmt.Sprintf("param%d", i)]
		if !ok {
			break
		}
		text = strings.Replace(text, "%s", value, 1)
	}
	return text
}
