//go:build bench

package bench

import (
	"fmt"
	"strings"
)

// bound is what a ratio must reach, and what it shall reach in time.
type bound struct {
	must, aim float64
	// least says whether they are the least ratio (throughput) or the most
	// (cost).
	least bool
}

func atLeast(must, aim float64) bound { return bound{must, aim, true} }
func atMost(must, aim float64) bound  { return bound{must, aim, false} }

func (b bound) holds(ratio, limit float64) bool {
	if b.least {
		return ratio >= limit
	}
	return ratio <= limit
}

func (b bound) sign() string {
	if b.least {
		return ">="
	}
	return "<="
}

// row is one figure: ours over the peer's, and the bound it must keep.
type row struct {
	figure     string
	peer       string
	unit       string
	bound      bound
	ratios     []float64 // one a pair of turns
	ours, them float64   // medians, for orientation
}

func (r row) reached() bool { return r.bound.holds(median(r.ratios), r.bound.must) }

// verdict is the table's last column.
func (r row) verdict() string {
	switch {
	case !r.reached():
		return "**missed**"
	case r.bound.holds(median(r.ratios), r.bound.aim):
		return "reached, and the aim"
	default:
		return "reached"
	}
}

// rowOf compares one figure over all pairs of turns.
func rowOf(figure, peer, unit string, b bound, ours, theirs []turn, value func(turn) float64) row {
	r := row{figure: figure, peer: peer, unit: unit, bound: b}
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
	b.WriteString("| figure | against | Torii | peer | ratio (median) | must reach | aim | |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %.1f %s | %.1f %s | %.2f | %s %.1f | %s %.1f | %s |\n",
			r.figure, r.peer, r.ours, r.unit, r.them, r.unit, median(r.ratios),
			r.bound.sign(), r.bound.must, r.bound.sign(), r.bound.aim, r.verdict())
	}
	return b.String()
}
