package judge

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/culprit"
)

// blame fills in the culprits of a breach. about are the owners that a rule is about,
// nil for all.
func (s *subject) blame(r *budget.Result, about culprit.Names) {
	if r.Status != budget.Fail && r.Status != budget.Warn && r.Status != budget.Waived {
		return
	}
	if s.shipped != nil {
		unpacked := false
		if r.Culprits, unpacked = culprit.OfDeployed(s.shippedBefore, s.shipped, r.Metric); unpacked {
			r.Message += "; files are listed with their unpacked sizes"
		}
		return
	}
	if s.pair == nil {
		s.pair = &culprit.Pair{Old: s.baseline, Now: s.binary}
	}
	var err error
	if r.Culprits, err = s.pair.Of(r.Metric, about); err != nil {
		s.fail(s.budget.Position, fmt.Sprintf("internal error: %v (please report this with both files)", err))
	}
}
