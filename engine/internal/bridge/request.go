package bridge

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/weirflow/weir/engine/internal/rate"
	"github.com/weirflow/weir/flow"
)

// Filled is a connection that fills a slot of the module.
type Filled struct {
	ID     string
	Hosts  []string
	Attach []flow.Attachment
}

// address fills in where a request of the present step may go and what goes with
// it: those of the connection in its slot where it names one, else those of the
// run. It returns the id of the connection.
func (e *env) address(q *flow.Request) (string, error) {
	r := e.in.run
	slot := ""
	if e.step > 0 {
		slot = e.in.step(e.step).Slot
	}
	if slot == "" {
		q.Hosts, q.Attach = r.hosts, r.attach
		return r.connection, nil
	}
	c, ok := r.filled[slot]
	if !ok {
		return "", flow.Errorf(flow.CodeConnectionSlot, "no connection fills the slot %s", flow.Excerpt(slot)).
			WithFix("give the run a connection for it: weir run --slot %s=CONNECTION", slot)
	}
	q.Hosts, q.Attach = c.Hosts, c.Attach
	return c.ID, nil
}

// turn waits until the budgets of the module let a request out. In a World where
// waiting takes no time they do not count.
func (e *env) turn(ctx context.Context, to, connection string) error {
	r := e.in.run
	rates := r.prog.Module.Manifest.Rates
	if len(rates) == 0 || r.budgets == nil || !e.waits() {
		return nil
	}
	u, err := url.Parse(to)
	if err != nil {
		return nil // the client says what is wrong with it
	}
	for i := range rates {
		b := &rates[i]
		if !b.Covers(u.Scheme, u.Host) {
			continue
		}
		key := rate.Key{Tenant: r.tenantName, Connector: r.prog.Module.Manifest.Key, Connection: connection, Host: strings.ToLower(u.Host)}
		budget := rate.Budget{Requests: b.Requests, Per: time.Duration(min(b.Per, 86_400)) * time.Second, Burst: b.Burst}
		t, ok := r.budgets.Take(key, budget, time.Now(), e.MayWait())
		if !ok {
			return tooManyRequests(b, t.Wait)
		}
		if err := e.Sleep(ctx, t.Wait); err != nil {
			t.Return()
			return err
		}
		return nil
	}
	return nil
}

// tooManyRequests is what a service would answer that kept the budget itself.
func tooManyRequests(b *flow.Rate, wait time.Duration) error {
	err := flow.Errorf(flow.CodeHTTPRate, "the budget of %d requests in %d s for %s has its next turn in %v, which the run has no time for",
		b.Requests, b.Per, flow.Excerpt(b.Host), wait.Round(time.Second))
	err.Status, err.Kind = 429, flow.CodeHTTPStatus.Kind()
	err.Headers = flow.Members("retry-after", flow.Text(flow.FormatNumber(float64((wait+time.Second-1)/time.Second))))
	return err
}
