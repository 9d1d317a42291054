// Package alerts has no code: its test evaluates the rules of suzgi-alerts.yml, minute by minute, with
// the engine of Prometheus, and expands their annotations.
package alerts

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
)

const (
	minutes = 180 // that a scenario takes
	// A watch that has looked, committed and taken 100 documents each minute for all that time.
	healthy = `load 1m
  suzgi_build_info{output="/out"} 1x180
  suzgi_last_look_timestamp_seconds{output="/out"} 0+60x180
  suzgi_last_commit_timestamp_seconds{output="/out"} 0+60x180
  suzgi_files_waiting{output="/out"} 7x180
  suzgi_lag_seconds{output="/out"} 5x180
  suzgi_inputs_unlisted{output="/out"} 0x180
  suzgi_documents_total{output="/out",outcome="article"} 0+100x180
  suzgi_documents_total{output="/out",outcome="dead_letter"} 0+2x180
  suzgi_dead_letters_total{output="/out",code="empty"} 0+2x180
  suzgi_dead_letters_total{output="/out",code="internal_error"} 1x180
`
)

// The scenarios: what is other than with a healthy watch, and which alerts fire at the end.
var scenarios = map[string]struct {
	replaced map[string]string // a series, and what it has instead; nothing: it is not there
	firing   []string
}{
	"a healthy watch": {nil, nil},
	"no watch at all": {
		map[string]string{"": ""},
		[]string{"SuzgiWatchMissing"},
	},
	"a text file of a watch that died": {
		map[string]string{"suzgi_last_look": "0+60x60 3600x120", "suzgi_last_commit": "0+60x60 3600x120"},
		[]string{"SuzgiNoCommit", "SuzgiWatchNotLooking"},
	},
	"a window of 20 minutes": {
		map[string]string{"suzgi_last_look": "0+60x160 9600x20"},
		nil,
	},
	"a directory that is gone": {
		map[string]string{"suzgi_inputs_unlisted": "0x100 1x80"},
		[]string{"SuzgiInputUnlisted"},
	},
	"a directory that was gone for a moment": {
		map[string]string{"suzgi_inputs_unlisted": "0x170 1x3 0x10"},
		nil,
	},
	"more comes than the watch takes": {
		map[string]string{"suzgi_lag_seconds": "0+60x180"},
		[]string{"SuzgiLag"},
	},
	"windows fail, and files wait": {
		map[string]string{"suzgi_last_commit": "0+60x60 3600x120"},
		[]string{"SuzgiNoCommit"},
	},
	"nothing comes for hours": {
		map[string]string{"suzgi_last_commit": "0+60x60 3600x120", "suzgi_files_waiting": "0x180"},
		nil,
	},
	"a tenth fails": {
		map[string]string{`suzgi_documents_total{output="/out",outcome="dead_letter"}`: "0+11x180"},
		[]string{"SuzgiDeadLetters"},
	},
	"half fails of what little comes": {
		map[string]string{
			`suzgi_documents_total{output="/out",outcome="article"}`:     "0x150 1+0x30",
			`suzgi_documents_total{output="/out",outcome="dead_letter"}`: "0x150 1+0x30",
		},
		nil,
	},
	"a fault of the code": {
		map[string]string{"suzgi_dead_letters_total{output=\"/out\",code=\"internal_error\"}": "0x150 1x30"},
		[]string{"SuzgiFaultOfTheCode"},
	},
}

func TestAlerts(t *testing.T) {
	fired := map[string]bool{}
	for name, scenario := range scenarios {
		t.Run(name, func(t *testing.T) {
			firing := firingAfter(t, series(scenario.replaced))
			if !slices.Equal(firing, scenario.firing) {
				t.Errorf("firing: %v, wanted: %v", firing, scenario.firing)
			}
			for _, each := range firing {
				fired[each] = true
			}
		})
	}
	for _, each := range alerts(t) {
		if !fired[each.Name()] {
			t.Errorf("%s fires in no scenario", each.Name())
		}
	}
}

// series returns the series of a scenario.
func series(replaced map[string]string) string {
	var told strings.Builder
	for line := range strings.Lines(healthy) {
		for _, begin := range slices.Sorted(maps.Keys(replaced)) {
			if name, _, is := strings.Cut(strings.TrimSpace(line), " "); is && strings.HasPrefix(name, begin) && !strings.HasPrefix(line, "load") {
				line = ""
				if values := replaced[begin]; values != "" {
					line = "  " + name + " " + values + "\n"
				}
				break
			}
		}
		told.WriteString(line)
	}
	return told.String()
}

// alerts returns the rules, which must be valid.
func alerts(t *testing.T) []*rules.AlertingRule {
	t.Helper()
	read := parser.NewParser(parser.Options{})
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	groups, errs := rulefmt.ParseFile("suzgi-alerts.yml", false, model.LegacyValidation, read, quiet)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var found []*rules.AlertingRule
	for _, group := range groups.Groups {
		for _, rule := range group.Rules {
			expression, err := read.ParseExpr(rule.Expr)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, rules.NewAlertingRule(
				rule.Alert, expression, time.Duration(rule.For), time.Duration(rule.KeepFiringFor),
				labels.FromMap(rule.Labels), labels.FromMap(rule.Annotations), labels.EmptyLabels(), "", true, quiet))
		}
	}
	return found
}

// firingAfter returns which alerts fire after all minutes, with every annotation expanded.
func firingAfter(t *testing.T, series string) []string {
	t.Helper()
	storage := promqltest.LoadedStorage(t, series)
	engine := promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery)
	query := rules.EngineQueryFunc(engine, storage)
	var firing []string
	for _, rule := range alerts(t) {
		for minute := range minutes {
			now := time.Unix(int64(60*minute), 0)
			if _, err := rule.Eval(context.Background(), 0, now, query, &url.URL{}, 0); err != nil {
				t.Fatal(err)
			}
		}
		for _, alert := range rule.ActiveAlerts() {
			if alert.State == rules.StateFiring && !slices.Contains(firing, rule.Name()) {
				firing = append(firing, rule.Name())
			}
			alert.Annotations.Range(func(each labels.Label) {
				if each.Value == "" || strings.Contains(each.Value, "<no value>") || strings.Contains(each.Value, "error expanding") {
					t.Errorf("%s: %s: %q", rule.Name(), each.Name, each.Value)
				}
			})
		}
	}
	slices.Sort(firing)
	return firing
}
