// Checks of a served cluster with client-go as its users use it.
//
//	clientgo -kubeconfig FILE [-run SUBSTRING] [-json]
//
// Each check prints a line, "ok" or "FAIL" with what was asked, what was expected and what came. Exit code 1: one failed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

const (
	namespace  = "default"
	checkLasts = 60 * time.Second
	poll       = 50 * time.Millisecond
)

// cluster is what a check has at hand.
type cluster struct {
	config  *rest.Config
	client  *kubernetes.Clientset
	dynamic *dynamic.DynamicClient
}

type check struct {
	name string
	run  func(context.Context, *cluster) error
}

// expect says what was asked, expected and got, unless they agree.
func expect[T comparable](asked string, want, got T) error {
	if want == got {
		return nil
	}
	return fmt.Errorf("%s:\n    expected %v\n    got      %v", asked, want, got)
}

// eventually waits until what was asked is as expected, and else says what it was at last.
func eventually[T comparable](ctx context.Context, asked string, want T, get func(context.Context) (T, error)) error {
	var last T
	var problem error
	whole := ctx // a request may last longer than the poll: its own end is no answer
	err := wait.PollUntilContextTimeout(ctx, poll, 30*time.Second, true, func(context.Context) (bool, error) {
		last, problem = get(whole)
		return problem == nil && last == want, nil
	})
	switch {
	case err == nil:
		return nil
	case problem != nil:
		return fmt.Errorf("%s: %w", asked, problem)
	default:
		return expect(asked+", in 30 s", want, last)
	}
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func pointer[T any](value T) *T { return &value }

func runOne(c check, on *cluster) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), checkLasts)
	defer cancel()
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	return c.run(ctx, on)
}

func newCluster(kubeconfig, contentType string) (*cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst, config.UserAgent = 500, 500, "clientgo"
	config.ContentType = contentType
	out := &cluster{config: config}
	if out.client, err = kubernetes.NewForConfig(config); err != nil {
		return nil, err
	}
	out.dynamic, err = dynamic.NewForConfig(config)
	return out, err
}

func main() {
	kubeconfig := flag.String("kubeconfig", os.Getenv("KUBECONFIG"), "how to reach the API server")
	only := flag.String("run", "", "only checks whose name has this in it")
	asJSON := flag.Bool("json", false, "bodies in JSON, but where a check says otherwise; without it, typed clients choose")
	flag.Parse()
	klog.SetLogger(logr.Discard())
	contentType := ""
	if *asJSON {
		contentType = "application/json"
	}
	on, err := newCluster(*kubeconfig, contentType)
	if err != nil {
		fmt.Fprintln(os.Stderr, "clientgo:", err)
		os.Exit(1)
	}
	passed, failed := 0, 0
	for _, checks := range [][]check{discoveryChecks, objectChecks, listChecks, watchChecks, applyChecks, podChecks,
		accessChecks, customChecks} {
		for _, c := range checks {
			if !strings.Contains(c.name, *only) {
				continue
			}
			started := time.Now()
			if err := runOne(c, on); err != nil {
				failed++
				fmt.Printf("FAIL  %s (%.1f s)\n  %s\n", c.name, time.Since(started).Seconds(),
					strings.ReplaceAll(err.Error(), "\n", "\n  "))
			} else {
				passed++
				fmt.Printf("ok    %s (%.1f s)\n", c.name, time.Since(started).Seconds())
			}
		}
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
