//go:build bench

package bench

import (
	"fmt"
	"strings"
)

// row is one figure: ours over the peer's, and the bound it must keep.
type row struct {
	figure string
	peer   string
	ratios []float64 // one a pair of turns
	must   float64
	// atLeast says whether must is the least ratio (throughput) or the most
	// (cost).
	atLeast    bool
	ours, them float64 // medians, for orientation
	unit       string
}

func (r row) reached() bool {
	m := median(r.ratios)
	if r.atLeast {
		return m >= r.must
	}
	return m <= r.must
}

// rowOf compares one figure over all pairs of turns.
func rowOf(figure, peer, unit string, must float64, atLeast bool, ours, theirs []turn, value func(turn) float64) row {
	r := row{figure: figure, peer: peer, unit: unit, must: must, atLeast: atLeast}
	var mine, other []float64
	for i := range ours {
		a, b := value(ours[i]), value(theirs[i])
		mine, other = append(mine, a), append(other, b)
		r.ratios = append(r.ratios, a/b)
	}
	r.ours, r.them = median(mine), median(other)
	return r
}

// tableOf renders the rows as Markdown, for the terminal and the docs alike.
func tableOf(rows []row) string {
	var b strings.Builder
	b.WriteString("| figure | against | Torii | peer | ratio (median) | must reach | |\n|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		sign, verdict := "<=", "**missed**"
		if r.atLeast {
			sign = ">="
		}
		if r.reached() {
			verdict = "reached"
		}
		fmt.Fprintf(&b, "| %s | %s | %.1f %s | %.1f %s | %.2f | %s %.1f | %s |\n",
			r.figure, r.peer, r.ours, r.unit, r.them, r.unit, median(r.ratios), sign, r.must, verdict)
	}
	return b.String()
}
