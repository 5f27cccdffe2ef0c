//go:build linux && x11

package screen

/*
#cgo LDFLAGS: -lX11
#include <X11/Xlib.h>

static int screen_size(int *width, int *height) {
	Display *display = XOpenDisplay(NULL);
	if (display == NULL) {
		return 0;
	}
	*width = DisplayWidth(display, DefaultScreen(display));
	*height = DisplayHeight(display, DefaultScreen(display));
	XCloseDisplay(display);
	return 1;
}
*/
import "C"

import "fyne.io/fyne/v2"

// Size is the size of the screen, of all monitors together, in its own
// pixels; zero where there is none. The toolkit does not tell.
func Size() fyne.Size {
	var width, height C.int
	if C.screen_size(&width, &height) == 0 {
		return fyne.Size{}
	}
	return fyne.NewSize(float32(width), float32(height))
}
