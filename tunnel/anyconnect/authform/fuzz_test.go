package authform

import (
	"bytes"
	"encoding/xml"
	"io"
	"testing"

	"torii/tunnel"
)

// FuzzParse: whatever a gateway sends, what is made of it is bounded, and the
// reply to it is a document.
func FuzzParse(f *testing.F) {
	for _, document := range []string{ocservFirst, ocservPassword, ocservDone, ocservLegacy, asaMain, asaCertificate, asaDone,
		"<?xml version='1.0' encoding='ISO-8859-1'?><config-auth><opaque>\xe4</opaque><error>x</error></config-auth>"} {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		response, err := Parse(document)
		if err != nil {
			return
		}
		if len(response.Message) > maxText || len(response.Error) > maxText || len(response.Title) > maxLabel {
			t.Error("words without end")
		}
		if response.Opaque != nil && !bytes.Contains(document, response.Opaque) {
			t.Errorf("the opaque %q is not the gateway's", response.Opaque)
		}
		if response.Form == nil {
			return
		}
		var values []Value
		for _, in := range response.Form.Inputs {
			values = append(values, Value{Name: in.Name, Text: tunnel.NewSecret(in.Value)})
		}
		response.Form.Group()
		reply := xml.NewDecoder(bytes.NewReader(Client{}.Reply(nil, values)))
		for {
			if _, err := reply.Token(); err == io.EOF {
				return
			} else if err != nil {
				t.Fatalf("our reply is no XML: %v", err)
			}
		}
	})
}
