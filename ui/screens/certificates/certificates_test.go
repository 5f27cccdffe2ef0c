package certificates

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

func TestListSaysWhatTheCalendarSays(t *testing.T) {
	b := english(t).listed(store())
	b.says("Ichiro Suzuki", "Issued by Example Corp User CA", "Valid until 2027-12-29", "Expires in 12 days, on 2026-12-06",
		"Expired on 2026-09-25", "Locked by a passphrase", "Kept until Torii ends")
	b.saysNot("lab.example.com", "Example Corp Root")
	b.tab(api.CertificateServer).says("Accepted for lab.example.com:8443", "Expires today")
	b.tab(api.CertificateAuthority).says("Completes chains; not trusted by itself", "Not valid before 2026-12-24")
}

func TestArrowsWalkTheTabs(t *testing.T) {
	b := english(t).listed(store())
	b.window.Canvas().Focus(b.FocusTarget())
	widgettest.Key(t, b.window.Canvas(), fyne.KeyRight)
	b.says("Accepted for lab.example.com:8443")
	widgettest.Key(t, b.window.Canvas(), fyne.KeyRight) // the keyboard is still on them
	b.says("Example Corp Root")
	widgettest.Key(t, b.window.Canvas(), fyne.KeyEscape)
	if b.left != 1 {
		t.Error("Esc does not leave")
	}
}

func TestAsksAgainAfterAFailure(t *testing.T) {
	b := english(t)
	b.next(api.MethodCertificates).done(errDisk)
	b.says("In words: the disk is full. Try again.")
	b.press("Ask again")
	b.listed(store()).says("Ichiro Suzuki")
	b.saysNot("In words: the disk is full. Try again.", "Ask again")
}

func TestDetailsTellAndCopyEverything(t *testing.T) {
	b := english(t).listed(store()).open("Ichiro Suzuki")
	const grouped = "9F86 D081 884C 7D65 9A2F EAA0 C55A D015 A3BF 4F1B 2B0B 822C D15D 6C15 B0F0 0A08"
	b.says("CN=Ichiro Suzuki,O=Example Corp,C=JP", "suzuki@example.com", "CN=Example Corp User CA,O=Example Corp,C=JP", "4f1a9c0077d24e31",
		"2027-12-29 10:12 UTC", "digitalSignature, clientAuth", "ECDSA P-256", grouped, "in the keyring", "Tokyo HQ")
	b.press("Copy")
	for _, line := range []string{"Ichiro Suzuki\n", "SHA-256 fingerprint: " + grouped + "\n", "Issued through: CN=Example Corp User CA,O=Example Corp,C=JP; Valid until"} {
		if !strings.Contains(b.copied, line) {
			t.Errorf("%q is not among what was copied:\n%s", line, b.copied)
		}
	}
	b.says("Copied")
	for range 3 {
		b.Tick()
	}
	b.says("Copy")
	b.Back()
	b.says("Import Certificate")
	if b.Back(); b.left != 1 {
		t.Error("from the list there is no way back")
	}
}

func TestDeletingAsksFirst(t *testing.T) {
	b := english(t).listed(store()).open("Ichiro Suzuki")
	b.press("Delete")
	if len(b.asked) != 1 || len(b.calls) != 0 {
		t.Fatalf("asked was %+v, called %+v", b.asked, b.calls)
	}
	if q := b.asked[0]; q.Title != "Delete “Ichiro Suzuki”?" || !strings.HasPrefix(q.Message, "In use by: Tokyo HQ.") || q.Do != "Delete" {
		t.Errorf("asked was %+v", q)
	}
	b.asked[0].Then()
	c := b.next(api.MethodDropCertificates)
	if want := (api.CertificateRef{Kind: api.CertificateUser, Certificate: "u1"}); c.Params != want {
		t.Errorf("deleted was %+v, want %+v", c.Params, want)
	}
	c.result.(*api.DeletedCertificates).Deleted = store()[:1]
	c.done(nil)
	b.listed(store()[1:]).says("Deleted: Ichiro Suzuki", "Suzuki, contractor")
	if slices.Contains(widgettest.Texts(b.window.Canvas()), "Ichiro Suzuki") {
		t.Error("it is still there")
	}
}

func TestDeletingAllOfAKind(t *testing.T) {
	for kind, do := range map[api.CertificateKind]string{api.CertificateUser: "Delete All User Certificates",
		api.CertificateServer: "Delete All Server Certificates", api.CertificateAuthority: "Delete All Authorities"} {
		b := english(t).listed(store()).tab(kind)
		b.press(do)
		if len(b.asked) != 1 || len(b.calls) != 0 {
			t.Fatalf("%s: asked was %+v, called %+v", kind, b.asked, b.calls)
		}
		b.asked[0].Then()
		c := b.next(api.MethodDropCertificates)
		if want := (api.CertificateRef{Kind: kind, All: true}); c.Params != want {
			t.Errorf("deleted was %+v, want %+v", c.Params, want)
		}
		c.result.(*api.DeletedCertificates).Deleted = store()[:3]
		c.done(nil)
		b.listed(nil).says("3 certificates were deleted.")
	}
	b := english(t).listed(nil)
	b.saysNot("Delete All User Certificates") // there is nothing to delete
}

func TestDeletingThatFailsIsSaid(t *testing.T) {
	b := english(t).listed(store()).open("Ichiro Suzuki")
	b.press("Delete")
	b.asked[0].Then()
	b.next(api.MethodDropCertificates).done(errDisk)
	b.says("In words: the disk is full. Try again.")
}

// importCall presses Import and returns the call.
func (b *bench) importCall(want api.ImportCertificates) called {
	b.t.Helper()
	b.press("Import")
	c := b.next(api.MethodImportCertificates)
	if !reflect.DeepEqual(c.Params, want) {
		b.t.Errorf("imported was %+v, want %+v", c.Params, want)
	}
	return c
}

// wants ends an import with what is wanted first.
func (c called) wants(want api.Want) {
	c.result.(*api.ImportedCertificates).Want = want
	c.done(nil)
}

func TestImportAsksForWhatIsWanted(t *testing.T) {
	b := english(t).listed(nil)
	b.press("Import Certificate")
	b.press("Import")
	b.says("Choose a file, or type where it is.")
	b.entry(0).SetText("suzuki.p12")
	b.press("Import")
	b.says("Write the whole path of the file, from the first “/” on.")
	b.press("Choose a file…")
	b.picked("/home/suzuki/suzuki.p12")
	request := api.ImportCertificates{File: "/home/suzuki/suzuki.p12"}
	b.importCall(request).wants(api.WantPassword)
	b.says("This file has a password. Enter the authentication code from your administrator.")
	b.entry(1).SetText("wrong")
	request.Password = "wrong"
	b.importCall(request).wants(api.WantOtherPassword)
	b.says("That was not the authentication code. Capitals matter.")
	b.entry(1).SetText("right")
	request.Password = "right"
	b.importCall(request).wants(api.WantKeep)
	b.says("The keyring of this desktop cannot keep the key. How shall Torii keep it?")
	b.press("Import")
	b.says("The key needs a passphrase of at least 8 characters.")
	b.entry(2).SetText("long enough")
	b.entry(3).SetText("long enoug")
	b.press("Import")
	b.says("The two passphrases are not the same.")
	b.entry(3).SetText("long enough")
	request.Keep, request.Passphrase = api.KeepUnderPassphrase, "long enough"
	b.importCall(request).wants(api.WantOtherPassphrase)
	b.says("The keys that are here already are under another passphrase. Enter that one.")
	b.entry(2).SetText("the old one")
	request.Passphrase = "the old one"
	c := b.importCall(request)
	b.says("Importing…")
	widgettest.Press(t, b.window.Canvas(), "Importing…") // once is enough
	*c.result.(*api.ImportedCertificates) = api.ImportedCertificates{Added: store()[:1], Left: 2}
	c.done(nil)
	b.listed(store()).says("Imported: Ichiro Suzuki\n2 more certificates of the file were of no use.", "Ichiro Suzuki")
}

func TestImportIntoMemory(t *testing.T) {
	b := english(t).listed(nil)
	b.Import()
	b.entry(0).SetText("/home/suzuki/suzuki.p12")
	b.importCall(api.ImportCertificates{File: "/home/suzuki/suzuki.p12"}).wants(api.WantKeep)
	widgettest.Find(t, b.window.Canvas(), func(*widgets.Select) bool { return true }).SetSelected("In memory, until Torii ends")
	b.saysNot("Passphrase")
	b.importCall(api.ImportCertificates{File: "/home/suzuki/suzuki.p12", Keep: api.KeepInMemory})
}

func TestImportForAServer(t *testing.T) {
	b := english(t).listed(nil)
	b.Import()
	b.entry(0).SetText("/home/suzuki/lab.crt")
	b.importCall(api.ImportCertificates{File: "/home/suzuki/lab.crt"}).wants(api.WantServer)
	b.press("Import") // nothing is asked of the agent without a server
	b.entry(2).SetText("lab.example.com:8443")
	c := b.importCall(api.ImportCertificates{File: "/home/suzuki/lab.crt", Server: "lab.example.com:8443"})
	*c.result.(*api.ImportedCertificates) = api.ImportedCertificates{Added: store()[3:4]}
	c.done(nil)
	b.listed(store()).says("Imported: lab.example.com", "Accepted for lab.example.com:8443")
}

func TestImportThatFailsIsSaid(t *testing.T) {
	b := english(t).listed(nil)
	b.Import()
	b.entry(0).SetText("/home/suzuki/suzuki.p12")
	b.importCall(api.ImportCertificates{File: "/home/suzuki/suzuki.p12"}).done(errDisk)
	b.says("In words: the disk is full. Try again.")
	b.importCall(api.ImportCertificates{File: "/home/suzuki/suzuki.p12"}).wants("a-thing-of-the-future")
	if texts := widgettest.Texts(b.window.Canvas()); !slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, "a-thing-of-the-future") }) {
		t.Errorf("the screen says %q", texts)
	}
}

func TestLeavingForgetsWhatWasTyped(t *testing.T) {
	b := english(t).listed(nil)
	b.Import()
	b.entry(0).SetText("/home/suzuki/suzuki.p12")
	b.entry(1).SetText("secret")
	c := b.importCall(api.ImportCertificates{File: "/home/suzuki/suzuki.p12", Password: "secret"})
	b.Hide()
	c.wants(api.WantOtherPassword)
	b.saysNot("That was not the authentication code. Capitals matter.")
	b.Import()
	if b.entry(0).Text != "" || b.entry(1).Text != "" {
		t.Error("what was typed is still there")
	}
}

func TestHelp(t *testing.T) {
	for _, topic := range english(t).Help() {
		if len(topic.Text) < 20 || strings.HasPrefix(topic.Name, "certs.") {
			t.Errorf("the help says %+v", topic)
		}
	}
}
