package rules

import "testing"

func TestStageInResource(t *testing.T) {
	tests := []struct {
		name, worker string
		want         stage
	}{
		{"signals-prod", "signals", productionStage},
		{"prod_signals_2", "signals", productionStage},
		{"Signals-Production", "signals", productionStage},
		{"signals-staging-eu", "signals", testStage},
		{"signals-dev", "signals", testStage},
		{"signals-dev-01", "signals", testStage},
		{"signals-preprod", "signals", testStage},

		{"products", "signals", unknownStage},
		{"reproduction", "signals", unknownStage},
		{"live-chat", "signals", unknownStage},
		{"dev-portal", "signals", unknownStage},
		{"test-results", "signals", unknownStage},
		{"latest", "signals", unknownStage},
		{"prod-test", "signals", unknownStage},
		{"acme-dev", "acme-dev-site", unknownStage},
		{"prod-catalog", "prod-catalog-staging", unknownStage},
		{"non-prod-backups", "signals", unknownStage},
		{"", "signals", unknownStage},
		{"42", "signals", unknownStage},
		{"-", "", unknownStage},
	}
	for _, tt := range tests {
		if got := stageInResource(tt.name, tt.worker); got != tt.want {
			t.Errorf("stageInResource(%q, %q) = %d, want %d", tt.name, tt.worker, got, tt.want)
		}
	}
}
