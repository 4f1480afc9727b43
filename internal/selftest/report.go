package selftest

// What Data.OverallStatus may say.
const (
	AllPassed      = "ALL_TESTS_PASSED"
	CriticalPassed = "CRITICAL_TESTS_PASSED" // something failed, but nothing critical
	CriticalFailed = "CRITICAL_TESTS_FAILED"
)

// Report is the answer of GET /api/v1/data/kv-self-test. Fields may be added, none renamed.
// Success equals Data.CriticalTestsPassed.
type Report struct {
	Success bool `json:"success"`
	Data    Data `json:"data"`
}

// Data speaks for all bindings that were tested; Bindings, there when they are
// several, has each on its own.
type Data struct {
	OverallStatus       string                 `json:"overall_status"`
	AllTestsPassed      bool                   `json:"all_tests_passed"`
	CriticalTestsPassed bool                   `json:"critical_tests_passed"`
	TestDetails         TestDetails            `json:"test_details"`
	Summary             Summary                `json:"summary"`
	Fingerprint         *FingerprintJSON       `json:"fingerprint,omitempty"` // of one binding, if something was agreed or found
	Recommendations     []string               `json:"recommendations"`
	Bindings            map[string]BindingData `json:"bindings,omitempty"`
}

// BindingData is one binding among several.
type BindingData struct {
	Critical bool `json:"critical"`
	Data
}

// TestDetails are the stages, in their order.
type TestDetails struct {
	BindingCheck  StageJSON `json:"binding_check"`
	WriteTest     StageJSON `json:"write_test"`
	ReadTest      StageJSON `json:"read_test"`
	ListTest      StageJSON `json:"list_test"`
	DeleteTest    StageJSON `json:"delete_test"`
	CleanupVerify StageJSON `json:"cleanup_verify"`
}

// StageJSON is one stage in the report.
type StageJSON struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
	Skipped bool   `json:"skipped,omitempty"` // not tried, because a stage before it failed
	Advice  string `json:"advice,omitempty"`
}

// FingerprintJSON is what a namespace says of itself, and what that means for the binding.
type FingerprintJSON struct {
	State   string `json:"state"` // sealed, sealed for another environment, …: see package fingerprint
	Message string `json:"message"`
	Advice  string `json:"advice,omitempty"`
	Failed  bool   `json:"failed,omitempty"` // the binding is not to be relied on
}

// Summary is the stages as six answers.
type Summary struct {
	BindingExists   bool `json:"binding_exists"`
	CanWrite        bool `json:"can_write"`
	CanRead         bool `json:"can_read"`
	CanList         bool `json:"can_list"`
	CanDelete       bool `json:"can_delete"`
	CleanupVerified bool `json:"cleanup_verified"`
}
