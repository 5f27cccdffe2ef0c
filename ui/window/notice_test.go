package window

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"torii/i18n"
	"torii/ui/screens/screentest"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// mentions reports whether something that can be read contains a text.
func (b *bench) mentions(text string) bool {
	return slices.ContainsFunc(widgettest.Texts(b.window.Canvas()), func(said string) bool { return strings.Contains(said, text) })
}

// TestAgentThatStandsStillIsTold leaves pings without an answer, on every page
// and in every language, and answers again.
func TestAgentThatStandsStillIsTold(t *testing.T) {
	b := newBench(t, theme.Light, "en", func(d *Deps) { d.Patience = 20 * time.Millisecond })
	b.show(with(uitest.Connected()))
	b.agent.Silent.Store(true)
	b.until("it is told", func() bool { return b.mentions("Torii does not answer.") })
	for page := range b.pages {
		b.open(page)
		if !b.mentions("Torii does not answer.") {
			t.Errorf("on %s nothing tells that the agent stands still", page)
		}
	}
	b.open(pageHome)
	for _, language := range i18n.Languages() {
		state := with(uitest.Connected())
		state.Language = language
		b.show(state) // one that was on its way
		if message := b.texts.Text("silent.message"); !b.mentions(message) {
			t.Errorf("%s: it does not say %q", language, message)
		}
	}
	state := with(uitest.Connected())
	state.Language = "en"
	b.show(state)
	b.agent.Silent.Store(false)
	b.until("it is taken back", func() bool { return !b.mentions("Torii does not answer.") })
	b.agent.Silent.Store(true)
	b.until("it is told again", func() bool { return b.mentions("Torii does not answer.") })
	b.agent.Leave()
	b.until("the agent has ended", func() bool { return b.lost })
	if b.mentions("Torii does not answer.") {
		t.Error("an agent that has ended is still waited for")
	}
}

// latin draws what has no Chinese, Japanese or Korean letters.
func latin(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
	})
}

// TestLanguageWithoutAFont begins in Japanese on a computer that has no font
// for it.
func TestLanguageWithoutAFont(t *testing.T) {
	b := newBench(t, theme.Light, "ja-JP", func(d *Deps) { d.Draws = latin })
	const hint = "Japanese needs a font that this computer does not have"
	if !b.mentions(hint) || !b.mentions("fonts-noto-cjk") {
		t.Fatalf("it says %q", widgettest.Texts(b.window.Canvas()))
	}
	state := with(screentest.Full())
	state.Language = "ja-JP"
	b.show(state)
	for page := range b.pages {
		b.open(page)
		for _, text := range widgettest.Texts(b.window.Canvas()) {
			if !latin(text) && page != pageConnections {
				t.Errorf("%s says %q, which nobody can read", page, text)
			}
		}
	}
	b.open(pageSettings)
	b.press("OK")
	if !b.mentions(hint) {
		t.Error("Settings does not say it at the language")
	}
	b.open(pageHome)
	if b.mentions(hint) {
		t.Error("the hint stays after it was read")
	}
	b.open(pageSettings)
	chooser := widgettest.Find(t, b.window.Canvas(), func(c *widgets.Chooser) bool { return c.Value() == state.Setting("language") })
	var offered []string
	for _, item := range chooser.Menu() {
		offered = append(offered, item.Label)
	}
	for _, want := range []string{"Japanese", "Korean", "Chinese (simplified)", "Chinese (traditional)", "Русский", "Deutsch"} {
		if !slices.Contains(offered, want) {
			t.Errorf("the chooser does not offer %s, but %q", want, offered)
		}
	}
	state.Language = "de-DE"
	b.show(state)
	if b.mentions(hint) || !b.says(b.texts.Text("settings.title")) || b.texts.Language() != "de-DE" {
		t.Errorf("in German it says %q", widgettest.Texts(b.window.Canvas()))
	}
}
