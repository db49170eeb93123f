package connections

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/weirflow/weir/flow"
)

// maxHealth is the longest health message, in characters.
const maxHealth = 500

// authping returns the key of the flow that tests a connector's connections, or
// "" where there is none or flows cannot be run.
func authping(c Connector) string { return flowOfType(c, flow.FlowAuthping) }

func flowOfType(c Connector, kind string) string {
	if c.Manifest == nil || c.RunFlow == nil {
		return ""
	}
	for _, f := range c.Manifest.Flows {
		if f.Type == kind {
			return f.Key
		}
	}
	return ""
}

// Test runs the connector's authping flow through a connection and stores what
// it says: working decides about the state, serviceResponse.message is what
// people read. Where it does not work and the token never expires by itself,
// the token is renewed and the flow run once more. That a connection does not
// work is no error. A connector without such a flow is not tested. Errors:
// connection.unknown, vault.*, run.cancelled.
func (m *Manager) Test(ctx context.Context, c Connector, tenant, id string) (View, error) {
	r, err := m.get(ctx, c.Manifest, tenant, id)
	if err != nil {
		return View{}, err
	}
	ping := authping(c)
	if ping == "" {
		return r.View(), nil
	}
	working, why, err := m.ping(ctx, c, ping, tenant, id)
	if err == nil && !working && r.renewable() && r.Token != nil && r.Token.Expiry.IsZero() {
		if _, err = m.renewed(ctx, r); err == nil {
			working, why, err = m.ping(ctx, c, ping, tenant, id)
		}
	}
	switch code := flow.CodeOf(err); code {
	case "":
	case flow.CodeRunCancelled, flow.CodeConnectionUnknown, flow.CodeVaultIO, flow.CodeVaultKey, flow.CodeVaultCorrupt, flow.CodeConnectionExists:
		return View{}, err
	default:
		working, why = false, flow.AsError(err).Msg
	}
	return m.update(ctx, tenant, id, func(r *Record) {
		r.Tested = stamp(time.Now())
		if r.State == StateReauthorize {
			return // what the authorization server said counts for more
		}
		r.State, r.Health, r.Refused = StateOK, "", false
		if !working {
			r.State, r.Health = StateFailed, why
		}
	})
}

// ping runs the authping flow once.
func (m *Manager) ping(ctx context.Context, c Connector, key, tenant, id string) (working bool, why string, err error) {
	conn, err := m.Open(ctx, c.Manifest, tenant, id)
	if err != nil {
		return false, "", err
	}
	bounded, cancel := context.WithTimeout(ctx, m.cfg.FlowTimeout)
	defer cancel()
	out, err := c.RunFlow(bounded, key, conn)
	if ctx.Err() != nil {
		return false, "", flow.Errorf(flow.CodeRunCancelled, "the test of the connection was given up: %v", ctx.Err())
	}
	hide := flow.NewRedactor(secretsOf(conn)...)
	if err != nil {
		return false, clip(hide.Text(flow.AsError(err).Msg)), nil
	}
	message := flow.At(out, "serviceResponse", "message")
	if t, err := flow.Convert(message, flow.TextType); err == nil && !t.IsNull() {
		why = clip(hide.Text(t.Text()))
	}
	v := flow.At(out, "working")
	if v.Kind() == flow.KindBool && v.Bool() {
		return true, why, nil
	}
	if why == "" {
		why = "the service did not accept the credentials"
	}
	return false, why, nil
}

// secretsOf returns everything of a connection that must not be read.
func secretsOf(c *flow.Connection) []flow.Value {
	out := slices.Collect(maps.Values(c.Values))
	for _, a := range c.Attach {
		out = append(out, a.Value)
	}
	return out
}

// clip makes a text of a service fit for one line of a list.
func clip(s string) string {
	n := 0
	for i := range s {
		if n == maxHealth {
			s = s[:i] + "…"
			break
		}
		n++
	}
	return flow.Printable(s)
}

// Deleted says what became of a connection's credentials at the service.
type Deleted struct {
	View    View   `json:"connection"`
	Revoked bool   `json:"revoked"`           // the revoke flow ran without an error
	Problem string `json:"problem,omitempty"` // why it did not, where there is one
}

// Delete removes a connection, after the connector's revoke flow has run. What
// goes wrong with that flow stops nothing, and is told. c may be the zero
// Connector where the connector itself is gone. Errors: connection.unknown,
// vault.*.
func (m *Manager) Delete(ctx context.Context, c Connector, tenant, id string) (Deleted, error) {
	r, err := m.get(ctx, c.Manifest, tenant, id)
	if err != nil {
		return Deleted{}, err
	}
	d := Deleted{View: r.View()}
	if key := flowOfType(c, flow.FlowRevoke); key != "" {
		if err := m.revoke(ctx, c, key, tenant, id); err != nil {
			d.Problem = err.Error()
		} else {
			d.Revoked = true
		}
	}
	// Whoever asked may have given up by now; half a deletion helps nobody.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewTimeout)
	defer cancel()
	release, err := m.cfg.Vault.Lock(ctx, tenant, id)
	if err != nil {
		return d, err
	}
	defer release()
	return d, m.cfg.Vault.Delete(ctx, tenant, id)
}

// revoke runs the revoke flow. Its error is redacted.
func (m *Manager) revoke(ctx context.Context, c Connector, key, tenant, id string) error {
	conn, err := m.Open(ctx, c.Manifest, tenant, id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, m.cfg.FlowTimeout)
	defer cancel()
	if _, err := c.RunFlow(ctx, key, conn); err != nil {
		return flow.NewRedactor(secretsOf(conn)...).Error(flow.AsError(err))
	}
	return nil
}
