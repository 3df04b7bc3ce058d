package outcome

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// The parts of SARIF 2.1.0 that a verdict needs.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool                `json:"executionSuccessful"`
		ExitCode            int                 `json:"exitCode"`
		Notifications       []sarifNotification `json:"toolConfigurationNotifications,omitempty"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Properties   map[string]uint64 `json:"properties,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
)

// failureRule is the rule of what could not be measured.
const failureRule = "failure"

// SARIF writes a verdict as SARIF 2.1.0. What could not be measured and what
// exceeds a limit are results of level error, warnings of level warning, limits
// that a waiver raises or that were not checked of level note; limits that hold
// are left out. Remarks on the configuration and the baseline are notifications.
// The worst comes first.
func SARIF(w io.Writer, v *budget.Verdict, sizegateVersion string) error {
	program := programNames(v)
	run := sarifRun{
		Tool: sarifTool{Driver: sarifDriver{
			Name: "sizegate", Version: sizegateVersion, InformationURI: "https://github.com/sizegate/sizegate",
			Rules: []sarifRule{
				{ID: string(absoluteLimit), ShortDescription: sarifText{"A measure of a binary is above its limit"}},
				{ID: string(growthLimit), ShortDescription: sarifText{"A measure of a binary grew more than is allowed"}},
				{ID: string(packageLimit), ShortDescription: sarifText{"Packages or crates weigh more than is allowed"}},
				{ID: string(packageBan), ShortDescription: sarifText{"A package or crate must not be in the binary"}},
				{ID: string(architecture), ShortDescription: sarifText{"A binary is built for another architecture"}},
				{ID: string(presetFinding), ShortDescription: sarifText{"What is deployed would be refused, or would not work"}},
				{ID: failureRule, ShortDescription: sarifText{"A binary could not be measured"}},
			},
		}},
		Invocations: []sarifInvocation{{ExecutionSuccessful: len(v.Failures) == 0, ExitCode: v.Exit()}},
		Results:     []sarifResult{},
	}
	for _, f := range v.Failures {
		run.Results = append(run.Results, sarifResult{
			RuleID: failureRule, Level: "error", Message: sarifMessage(display.JoinColon(f.Budget, f.Path, f.Problem)),
			Locations:    sarifAt(v.Config, f.Position),
			Fingerprints: fingerprint(failureRule, f.Budget, f.Path, f.Problem),
		})
	}
	levels := map[budget.Status]string{budget.Fail: "error", budget.Warn: "warning", budget.Waived: "note", budget.Skipped: "note"}
	for _, r := range worstFirst(v, func(s budget.Status) bool { return levels[s] != "" }) {
		lines := []string{display.JoinColon(program(r), r.Message)}
		for _, b := range blames(&r.Culprits) {
			lines = append(lines, display.Clean(b.sentence()))
		}
		if r.Note != "" {
			lines = append(lines, display.Clean(r.Note))
		}
		result := sarifResult{
			RuleID: string(kindOf(r)), Level: levels[r.Status], Message: sarifMessage(lines...),
			Locations: sarifAt(v.Config, r.Position),
			// The level of UPX is part of the measure.
			Fingerprints: fingerprint(r.Budget, string(r.Metric), r.Level, r.Subject, r.Path),
		}
		value, limit := numbersOf(r)
		result.Properties = sarifNumbers(map[string]*uint64{"value": value, "limit": limit})
		run.Results = append(run.Results, result)
	}
	for _, warning := range v.Warnings {
		run.Invocations[0].Notifications = append(run.Invocations[0].Notifications, sarifNotification{
			Level: "warning", Message: sarifMessage(display.Clean(warning.Text)), Locations: sarifAt(v.Config, warning.Position)})
	}
	return snapshot.Encode(w, &sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	})
}

// sarifNumbers are those that there are, nil for none.
func sarifNumbers(of map[string]*uint64) map[string]uint64 {
	var there map[string]uint64
	for name, number := range of {
		if number == nil {
			continue
		}
		if there == nil {
			there = make(map[string]uint64)
		}
		there[name] = *number
	}
	return there
}

// sarifMessage joins lines. "[text](target)" would be a link.
func sarifMessage(lines ...string) sarifText {
	return sarifText{strings.ReplaceAll(strings.Join(lines, "\n"), "](", "] (")}
}

// sarifAt is a place in the configuration, none if that has no name. URL writes a
// relative path so that it cannot be read as one with a scheme or a host.
func sarifAt(config string, p budget.Position) []sarifLocation {
	if config == "" {
		return nil
	}
	uri := url.URL{Path: filepath.ToSlash(config)}
	if strings.HasPrefix(uri.Path, "/") {
		uri.Scheme = "file"
	}
	at := sarifPhysical{Artifact: sarifArtifact{URI: uri.String()}}
	if p.Line > 0 {
		at.Region = &sarifRegion{StartLine: p.Line, StartColumn: max(p.Column, 0)}
	}
	return []sarifLocation{{Physical: at}}
}

// fingerprint tells results apart in a way that stays when sizes and lines
// change. Each part is preceded by its length, so that no two lists are alike.
func fingerprint(parts ...string) map[string]string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return map[string]string{"sizegate/v1": hex.EncodeToString(h.Sum(nil)[:16])}
}
