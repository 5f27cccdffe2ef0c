package theme

// contrastLight is the bright set of the high-contrast pair: every text has at
// least 7:1 on what it stands on, and lines can be seen.
func contrastLight() palette {
	return palette{
		ground: rgb(0xFFFFFF), surface: rgb(0xFFFFFF), line: rgb(0x5A5F61), edge: rgb(0x000000),
		text: rgb(0x000000), second: rgb(0x2B3033),
		accent: rgb(0x003A66), onAccent: rgb(0xFFFFFF),
		good: rgb(0x004D1F), attention: rgb(0x5C3600), bad: rgb(0x850B0B),
		track: rgb(0x555A5C), knob: rgb(0xFFFFFF),
		scrim: alpha(rgb(0xFFFFFF), 0xE0), shadow: alpha(rgb(0x000000), 0x2E),
		tint: 0.08,
	}
}

// contrastDark is the dark set of the high-contrast pair.
func contrastDark() palette {
	return palette{
		ground: rgb(0x000000), surface: rgb(0x000000), line: rgb(0x9AA0A2), edge: rgb(0xFFFFFF),
		text: rgb(0xFFFFFF), second: rgb(0xDDE3E5),
		accent: rgb(0x9AD4FF), onAccent: rgb(0x000000),
		good: rgb(0x6FE3A6), attention: rgb(0xFFD27A), bad: rgb(0xFFB0A8),
		track: rgb(0x555A5C), knob: rgb(0xFFFFFF),
		scrim: alpha(rgb(0x000000), 0xE0), shadow: alpha(rgb(0x000000), 0x80),
		tint: 0.14,
	}
}
