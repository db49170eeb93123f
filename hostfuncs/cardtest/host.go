package cardtest

import (
	"context"

	"github.com/weirflow/weir/flow"
)

// Host implements flow.HostEnv: a host that sends back whatever a run pauses
// with, forgets what it is told otherwise, and exports short texts.
func (e *Env) Host() flow.Host { return echoHost{} }

type echoHost struct{}

// Start implements flow.Host.
func (echoHost) Start(context.Context, string, string, flow.Value) error { return nil }

// Reply implements flow.Host.
func (echoHost) Reply(context.Context, string, flow.Reply) error { return nil }

// Pause implements flow.Host.
func (echoHost) Pause(_ context.Context, _ string, r flow.Reply) (flow.Value, error) {
	if r.Raw {
		return flow.Members("headers", flow.Members(), "body", flow.Text(r.Body)), nil
	}
	return r.Values, nil
}

// Export implements flow.Host.
func (echoHost) Export(_ context.Context, flowKey string) (name, text string, err error) {
	if flowKey == "" {
		return "connector.folder", "steps: []\n", nil
	}
	return flowKey + ".flow", "steps: []\n", nil
}
