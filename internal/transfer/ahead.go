package transfer

import (
	"context"
	"iter"
)

// ahead yields what do makes of each item of in, in the order of in, while up to n further ones are under way. It ends
// with the first error of either. Nothing of it goes on once it has returned.
func ahead[T, R any](ctx context.Context, n int, in iter.Seq2[T, error], do func(context.Context, T) (R, error)) iter.Seq2[R, error] {
	type task struct {
		done chan struct{}
		made R
		err  error
	}
	return func(yield func(R, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		tasks := make(chan *task, n-1) // and one that the consumer waits for
		go func() {
			defer close(tasks)
			for item, err := range in {
				t := &task{done: make(chan struct{}), err: err}
				if err != nil {
					close(t.done)
				} else {
					go func() {
						defer close(t.done)
						t.made, t.err = do(ctx, item)
					}()
				}
				select {
				case tasks <- t:
				case <-ctx.Done():
					<-t.done
					return
				}
				if err != nil {
					return
				}
			}
		}()
		defer func() {
			cancel()
			for t := range tasks {
				<-t.done
			}
		}()
		for t := range tasks {
			<-t.done
			if !yield(t.made, t.err) || t.err != nil {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			var none R
			yield(none, err)
		}
	}
}
