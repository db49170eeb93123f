package tape_test

import (
	"context"
	"fmt"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/tape"
)

// service stands for the guarded client of an engine.
type service struct{}

func (service) Fetch(context.Context, *flow.Request) (*flow.Response, error) {
	return &flow.Response{Status: 200, Body: []byte(`{"you":"sent s3cret-key"}`)}, nil
}

// A recorder stands around the client that makes a run's requests; a player
// answers the same requests from the tape.
func Example() {
	ctx := context.Background()
	key := flow.NewSecret("api_key", "s3cret-key", "api.example.com")
	bearer, _ := flow.Concat(flow.Text("Bearer "), key)
	request := &flow.Request{ // as a card makes it; engines pass Recorder and Player as Run.HTTP and Run.World
		Method: "GET", URL: "https://api.example.com/me", Step: "me",
		Headers: []flow.Pair{{Name: "Authorization", Value: bearer}},
	}

	recorder := tape.NewRecorder(service{}, tape.Config{})
	if _, err := recorder.Fetch(ctx, request); err != nil {
		fmt.Println(err)
	}
	recorded, err := recorder.Tape("run-1", tape.Given{Flow: "me"}, tape.Result{}, key)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(recorded.HTTP[0].Value())

	player := tape.NewPlayer(recorded, nil)
	answer, err := player.Fetch(ctx, request)
	fmt.Printf("%d %s %v\n", answer.Status, answer.Body, err)
	request.URL = "https://api.example.com/you"
	_, err = player.Fetch(ctx, request)
	fmt.Println(err)
	fmt.Println(player.Faults()[0])
	// Output:
	// {"step":"me","request":{"method":"GET","url":"https://api.example.com/me","headers":{"Authorization":"Bearer [secret api_key]"}},"response":{"status":200,"body":{"you":"sent [secret api_key]"}}}
	// 200 {"you":"sent [secret api_key]"} <nil>
	// tape.mismatch: the request is not one that is expected
	// unexpected request: GET https://api.example.com/you (step me)
	// no exchange is left for it
}
