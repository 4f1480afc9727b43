package workers

import (
	"errors"
	"fmt"
)

// What a call may be refused for. Callers compare with errors.Is. Which code and words
// Cloudflare has for each stands in internal/api.
var (
	// ErrNotFound: the account has no Worker of this name.
	ErrNotFound = errors.New("worker not found")
	// ErrVersionNotFound: the Worker has no version of this id.
	ErrVersionNotFound = errors.New("version not found")
	// ErrNameInvalid: a Worker's name is 1 to MaxNameLength letters, digits, "-" and "_".
	ErrNameInvalid = errors.New("worker name is not valid")
	// ErrDeploymentInvalid: no versions, percentages that do not sum to 100, or one named twice.
	ErrDeploymentInvalid = errors.New("deployment is not valid")
	// ErrSecretNotFound: the latest version has no secret of this name.
	ErrSecretNotFound = errors.New("secret not found")
	// ErrBindingTaken: a secret is to have the name of another binding.
	ErrBindingTaken = errors.New("binding name is in use")
	// ErrNotDeployed: secrets are changed on top of what is deployed, and a later version
	// was uploaded that is not.
	ErrNotDeployed = errors.New("the latest version is not deployed")

	// ErrSecretsChanged: an earlier version is to serve again whose secrets are other ones.
	ErrSecretsChanged = errors.New("secrets have changed since")
	// ErrNameTooLong: a Worker under workers.dev has at most MaxLabel characters.
	ErrNameTooLong = errors.New("worker name is too long for a subdomain")
	// ErrScheduleInvalid: a cron trigger is no cron expression.
	ErrScheduleInvalid = errors.New("cron trigger is not valid")
	// ErrNamespaceBound: Workers bind the KV namespace, which therefore stays.
	ErrNamespaceBound = errors.New("namespace is bound by Workers")
	// ErrSessionUnknown: no upload of static files is under way by this name.
	ErrSessionUnknown = errors.New("upload of static files is unknown")
	// ErrFileUnknown: the upload of static files did not announce this one, or has it
	// announced and never got it.
	ErrFileUnknown = errors.New("static file is not the announced one")

	// An upload may be refused for several reasons at once, as Refused: each a
	// *BindingError where a binding is at fault, a *ClassError where a class is.
	ErrScript             = errors.New("script is not valid")         // *ScriptError says more
	ErrNotTried           = errors.New("script cannot be tried")      // for want of the runtime, not of the script
	ErrTooLarge           = errors.New("script is too large")         // MaxScriptBytes, MaxScriptGzipped
	ErrModule             = errors.New("module is not valid")         // a name twice, or one that leaves its folder
	ErrModuleMissing      = errors.New("module is missing")           // metadata names it, nothing brings it
	ErrDateInvalid        = errors.New("compatibility date is none")  // not of the form YYYY-MM-DD
	ErrDateAhead          = errors.New("compatibility date is ahead") // later than today, UTC
	ErrNoHandlers         = errors.New("script handles nothing")      // no handler and no class
	ErrBindingInvalid     = errors.New("binding lacks a field")       // Resource names it
	ErrBindingUnnamed     = errors.New("binding has no name")         // nor, perhaps, a type
	ErrBindingUnknown     = errors.New("binding type is unknown")     //
	ErrVarTooLarge        = errors.New("variable is too large")       // MaxVarBytes
	ErrTooManyVars        = errors.New("too many variables")          // MaxVars
	ErrNamespaceMissing   = errors.New("KV namespace not found")      // in this account
	ErrNamespaceMalformed = errors.New("KV namespace id is no id")    //
	ErrBucketMissing      = errors.New("R2 bucket not found")         //
	ErrDatabaseMissing    = errors.New("D1 database not found")       //
	ErrQueueMissing       = errors.New("queue not found")             //
	ErrServiceMissing     = errors.New("bound Worker not found")      //
	ErrClassUnknown       = errors.New("class is no Durable Object")  // no migration introduced it
	ErrClassElsewhere     = errors.New("class that a Worker lacks")   // script_name names one whose code has none
	ErrClassOfNoWorker    = errors.New("class of a missing Worker")   // script_name names none
	ErrInheritNothing     = errors.New("nothing to inherit")          // no binding of that name before
	ErrMigrationTag       = errors.New("migration tag is another")    // old_tag is not the Worker's
	ErrMigrationVersion   = errors.New("migration without deploying") // a version alone carries none
	ErrClassExists        = errors.New("migrated class exists")       // it is to be new, or what one is renamed to
	ErrClassMissing       = errors.New("migrated class is not there") // it is to be renamed or deleted
	ErrClassTransfer      = errors.New("class of no other Worker")    // from_script names none
	ErrClassNotExported   = errors.New("migrated class not exported") // new class that the code lacks
	ErrClassStillNeeded   = errors.New("class with objects is gone")  // the code no longer exports it
)

// Refused is all that speaks against an upload, when that is more than one thing.
type Refused []error

func (r Refused) Error() string   { return errors.Join(r...).Error() }
func (r Refused) Unwrap() []error { return r }

// refuse returns what speaks against an upload: nil for nothing.
func refuse(problems []error) error {
	switch len(problems) {
	case 0:
		return nil
	case 1:
		return problems[0]
	}
	return Refused(problems)
}

// BindingError is a binding that cannot hold: Err is one of the errors above, Resource
// what it names (an id, a title, a class).
type BindingError struct {
	Err      error
	Binding  string
	Type     string
	Resource string
	Script   string // of a class: the Worker that should have it; "" is the one uploaded
}

func (e *BindingError) Error() string {
	return fmt.Sprintf("binding %s: %v: %q", e.Binding, e.Err, e.Resource)
}

func (e *BindingError) Unwrap() error { return e.Err }

// ClassError is a Durable Object class that a migration or the code does not fit.
type ClassError struct {
	Err   error
	Class string
	Step  string // of a migration: "new-class", "new-sqlite-class", "rename", "delete-class", …
	From  string // of a transfer: the Worker that should have it
}

func (e *ClassError) Error() string { return fmt.Sprintf("class %s: %v", e.Class, e.Err) }
func (e *ClassError) Unwrap() error { return e.Err }

// ScriptError is code that does not start, in the runtime's words with places.
type ScriptError struct{ Text string }

func (e *ScriptError) Error() string { return ErrScript.Error() + ": " + e.Text }

// Is makes it an ErrScript.
func (e *ScriptError) Is(target error) bool { return target == ErrScript }
