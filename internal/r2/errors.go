package r2

import "net/http"

// Error is what Cloudflare's R2 answers, with its status, code and words.
//
// Source: the error codes in workerd and miniflare, and Cloudflare's "R2 error codes" page.
type Error struct {
	Status  int
	Code    int
	Message string
}

func (e *Error) Error() string { return e.Message }

// Is makes errors of one code the same.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Errors of calls.
var (
	ErrInternal        = &Error{http.StatusInternalServerError, 10001, "We encountered an internal error. Please try again."}
	ErrBucketNotFound  = &Error{http.StatusNotFound, 10006, "The specified bucket does not exist."}
	ErrNoSuchKey       = &Error{http.StatusNotFound, 10007, "The specified key does not exist."}
	ErrNotEmpty        = &Error{http.StatusConflict, 10008, "The bucket you tried to delete is not empty."}
	ErrPartTooSmall    = &Error{http.StatusBadRequest, 10011, "Your proposed upload is smaller than the minimum allowed object size."}
	ErrMetadata        = &Error{http.StatusBadRequest, 10012, "Your metadata headers exceed the maximum allowed metadata size."}
	ErrKeyInvalid      = &Error{http.StatusBadRequest, 10020, "The specified object name is not valid."}
	ErrLimit           = &Error{http.StatusBadRequest, 10022, "MaxKeys params must be positive integer <= 1000."}
	ErrNoSuchUpload    = &Error{http.StatusBadRequest, 10024, "The specified multipart upload does not exist."}
	ErrPartInvalid     = &Error{http.StatusBadRequest, 10025, "One or more of the specified parts could not be found."}
	ErrArgument        = &Error{http.StatusBadRequest, 10029, "Metadata missing or invalid"}
	ErrPrecondition    = &Error{http.StatusPreconditionFailed, 10031, "At least one of the pre-conditions you specified did not hold."}
	ErrDigest          = &Error{http.StatusBadRequest, 10037, "The checksum you specified did not match what we received."}
	ErrRange           = &Error{http.StatusRequestedRangeNotSatisfiable, 10039, "The requested range is not satisfiable"}
	ErrPartsUneven     = &Error{http.StatusInternalServerError, 10048, "There was a problem with the multipart upload."}
	ErrTooLarge        = &Error{http.StatusBadRequest, 100100, "Your proposed upload exceeds the maximum allowed object size."}
	errCursor          = &Error{http.StatusBadRequest, 10029, "The specified cursor is not valid."}
	errCustomerKeys    = &Error{http.StatusBadRequest, 10029, "This server does not keep objects under a customer's key (SSE-C)."}
	errStorageClass    = &Error{http.StatusBadRequest, 10029, "The storage class must be Standard or InfrequentAccess."}
	errPartNumber      = &Error{http.StatusBadRequest, 10029, "Part numbers are from 1 to 10000."}
	errContentBroken   = &Error{http.StatusBadRequest, 10029, "The body broke off."}
	errUnknownMethod   = &Error{http.StatusBadRequest, 10029, "This server does not know the method."}
	errConditionEmpty  = &Error{http.StatusBadRequest, 10029, "A condition on ETags names none."}
	errTooManyToDelete = &Error{http.StatusBadRequest, 10029, "At most 1000 keys are deleted in one call."}
)
