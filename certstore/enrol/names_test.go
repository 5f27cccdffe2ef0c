package enrol

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strings"
	"testing"
)

// readSubject gives a subject back as "type=value" with the tag of the string.
func readSubject(t testing.TB, der []byte) []string {
	t.Helper()
	var plain pkix.RDNSequence
	if _, err := asn1.Unmarshal(der, &plain); err != nil {
		t.Fatal(err)
	}
	var all []string
	rest := asn1.RawValue{}
	if _, err := asn1.Unmarshal(der, &rest); err != nil {
		t.Fatal(err)
	}
	for content := rest.Bytes; len(content) > 0; {
		var set asn1.RawValue
		var err error
		if content, err = asn1.Unmarshal(content, &set); err != nil {
			t.Fatal(err)
		}
		var pair struct {
			Type  asn1.ObjectIdentifier
			Value asn1.RawValue
		}
		if _, err := asn1.Unmarshal(set.Bytes, &pair); err != nil {
			t.Fatal(err)
		}
		kind := map[int]string{asn1.TagPrintableString: "P", asn1.TagUTF8String: "U", asn1.TagIA5String: "I"}[pair.Value.Tag]
		all = append(all, pair.Type.String()+"="+kind+":"+string(pair.Value.Bytes))
	}
	return all
}

func TestSubject(t *testing.T) {
	known := Replacements{User: "alice", MachineID: "M-1"}
	for _, c := range []struct {
		name  string
		names []Name
		with  Replacements
		want  []string
	}{
		{"a profile's", []Name{{"Name_CN", "%USER%"}, {"Company_O", "Example"}}, known, []string{"2.5.4.10=P:Example", "2.5.4.3=P:alice"}},
		{"both placeholders", []Name{{"Name_CN", "%USER% at %MACHINEID%"}}, known, []string{"2.5.4.3=P:alice at M-1"}},
		{"a user who is called like a placeholder", []Name{{"Name_CN", "%USER%"}}, Replacements{User: "%MACHINEID%"}, []string{"2.5.4.3=U:%MACHINEID%"}},
		{"a user who would like more", []Name{{"Name_CN", "%USER%"}}, Replacements{User: "alice,OU=Admins/CN=root"}, []string{"2.5.4.3=P:alice,OU=Admins/CN=root"}},
		{"letters", []Name{{"Name_CN", "山田 太郎"}, {"City_L", "Zürich"}}, known, []string{"2.5.4.7=U:Zürich", "2.5.4.3=U:山田 太郎"}},
		{"domains", []Name{{"Domain_DC", "com"}, {"Domain_DC", "example"}}, known, []string{"0.9.2342.19200300.100.1.25=I:com", "0.9.2342.19200300.100.1.25=I:example"}},
		{"empty parts", []Name{{"Name_CN", "a"}, {"Title_T", " "}, {"Country_C", ""}}, known, []string{"2.5.4.3=P:a"}},
		{"everything", []Name{
			{"Email_EA", "a@b.example"}, {"UnstructName_N", "u"}, {"Qualifier_DN", "q"}, {"Qualifier_GEN", "Jr"}, {"Initials_I", "A"}, {"GivenName_GN", "Al"},
			{"SurName_SN", "Ex"}, {"Name_CN", "n"}, {"Title_T", "t"}, {"Department_OU", "d"}, {"Company_O", "o"}, {"City_L", "l"}, {"State_SP", "sp"}, {"State_ST", "st"},
			{"Country_C", "CH"}, {"Domain_DC", "dc"},
		}, known, []string{
			"0.9.2342.19200300.100.1.25=I:dc", "2.5.4.6=P:CH", "2.5.4.8=P:st", "2.5.4.8=P:sp", "2.5.4.7=P:l", "2.5.4.10=P:o", "2.5.4.11=P:d", "2.5.4.12=P:t", "2.5.4.3=P:n",
			"2.5.4.4=P:Ex", "2.5.4.42=P:Al", "2.5.4.43=P:A", "2.5.4.44=P:Jr", "2.5.4.46=P:q", "1.2.840.113549.1.9.2=P:u", "1.2.840.113549.1.9.1=I:a@b.example",
		}},
	} {
		der, err := Subject(c.names, c.with)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := readSubject(t, der); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if n := len(Elements()); n != 16 {
		t.Errorf("there are %d elements", n)
	}
}

func TestBadSubjects(t *testing.T) {
	for name, names := range map[string][]Name{
		"none":                 nil,
		"empty":                {{"Name_CN", " "}},
		"no user known":        {{"Name_CN", "%USER%"}},
		"no machine known":     {{"Name_CN", "x%MACHINEID%"}},
		"unknown":              {{"Name_XY", "a"}},
		"a long country":       {{"Country_C", "Switzerland"}},
		"a country of letters": {{"Country_C", "é"}},
		"letters in a domain":  {{"Domain_DC", "zürich"}},
		"letters in an e-mail": {{"Email_EA", "ü@example.com"}},
		"control characters":   {{"Name_CN", "a\x00b"}},
		"two lines":            {{"Name_CN", "a\nb"}},
		"no text":              {{"Name_CN", "a\xff"}},
		"long":                 {{"Name_CN", strings.Repeat("a", 257)}},
		"many":                 slices.Repeat([]Name{{"Domain_DC", "a"}}, 33),
	} {
		_, err := Subject(names, Replacements{})
		wantFault(t, name, err, FaultRequest)
	}
}

func TestBadRequests(t *testing.T) {
	r := newResponder(t)
	address := r.serve()
	for name, request := range map[string]Request{
		"a huge key":       {KeyBits: 1 << 20},
		"no subject":       {Subject: []byte{}},
		"half a subject":   {Subject: []byte{0x30}},
		"an empty subject": {Subject: []byte{0x30, 0}},
		"a long password":  {Challenge: Secret(strings.Repeat("x", 256))},
		"no text":          {Challenge: "\xff"},
	} {
		_, err := try(t, Config{URL: address}, request)
		wantFault(t, name, err, FaultRequest)
	}
	if n := len(r.all()); n > 0 {
		t.Errorf("%d messages were sent", n)
	}
}
