package resources

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"
)

// ErrSettings: a queue or a consumer is not set up so.
var ErrSettings = errors.New("settings are not valid")

// Delivery is how a queue hands on its messages.
type Delivery struct {
	Delay     time.Duration
	Paused    bool
	Retention time.Duration
}

// Taking is how a consumer takes messages.
type Taking struct {
	BatchSize  int // messages
	Batches    int // at a time
	MaxWait    time.Duration
	MaxRetries int
	RetryDelay time.Duration
	Visibility time.Duration // for which a message that was pulled is with that client
}

// Delivery reads a queue's settings, or says what is wrong with them: ErrSettings. Defaults and limits are
// those of Cloudflare's "Queues limits" page.
func (q *Resource) Delivery() (Delivery, error) {
	s := struct {
		Delay     int64 `json:"delivery_delay"`
		Paused    bool  `json:"delivery_paused"`
		Retention int64 `json:"message_retention_period"`
	}{Retention: 4 * 24 * 3600}
	err := readSettings(q.Settings, &s)
	if err == nil {
		err = errors.Join(within("delivery_delay", s.Delay, 0, 24*3600), within("message_retention_period", s.Retention, 60, 14*24*3600))
	}
	return Delivery{time.Duration(s.Delay) * time.Second, s.Paused, time.Duration(s.Retention) * time.Second}, err
}

// Taking reads a consumer's settings, or says what is wrong with them: ErrSettings.
func (c *Consumer) Taking() (Taking, error) {
	s := struct {
		BatchSize  int64 `json:"batch_size"`
		Batches    int64 `json:"max_concurrency"`
		MaxRetries int64 `json:"max_retries"`
		MaxWait    int64 `json:"max_wait_time_ms"`
		RetryDelay int64 `json:"retry_delay"`
		Visibility int64 `json:"visibility_timeout_ms"`
	}{BatchSize: 10, Batches: 1, MaxRetries: 3, MaxWait: 5000, Visibility: 30_000}
	if c.Pull {
		s.BatchSize = 5
	}
	err := readSettings(c.Settings, &s)
	if err == nil {
		err = errors.Join(within("batch_size", s.BatchSize, 1, 100), within("max_concurrency", s.Batches, 1, 250),
			within("max_retries", s.MaxRetries, 0, 100), within("max_wait_time_ms", s.MaxWait, 0, 60_000),
			within("retry_delay", s.RetryDelay, 0, 24*3600), within("visibility_timeout_ms", s.Visibility, 1, 12*3600_000))
	}
	return Taking{
		int(s.BatchSize), int(s.Batches), time.Duration(s.MaxWait) * time.Millisecond, int(s.MaxRetries),
		time.Duration(s.RetryDelay) * time.Second, time.Duration(s.Visibility) * time.Millisecond,
	}, err
}

// readSettings leaves in s what sent does not name, or names as null.
func readSettings(sent json.RawMessage, s any) error {
	if sent == nil {
		return nil
	}
	if err := json.Unmarshal(sent, s); err != nil {
		return fmt.Errorf("%w: %w", ErrSettings, err)
	}
	return nil
}

func within(name string, n, least, most int64) error {
	if n < least || n > most {
		return fmt.Errorf("%w: %s is %d, must be %d to %d", ErrSettings, name, n, least, most)
	}
	return nil
}

// SetQueue changes those of a queue's settings that are named: ErrNotFound, ErrSettings.
func (r *Resources) SetQueue(ctx context.Context, account, queue string, settings map[string]json.RawMessage) (changed Resource, err error) {
	err = r.changeQueue(ctx, account, queue, func(q *Resource) error {
		all := map[string]json.RawMessage{}
		if q.Settings != nil {
			_ = json.Unmarshal(q.Settings, &all) // ours; what is no object has no settings
		}
		maps.Copy(all, settings)
		if q.Settings, err = json.Marshal(all); err != nil {
			return fmt.Errorf("%w: %w", ErrSettings, err)
		}
		_, err := q.Delivery()
		changed = *q
		return err
	})
	return changed, err
}
