// The JobSet controllers of sigs.k8s.io/jobset, run against the API server of a kubeconfig for at most so long.
//
//	controller -kubeconfig FILE [-for DURATION] [-feature-gates A=true,...] [-verbose]
//
// No webhooks: defaulting and validation of JobSets and their Pods are the API server's. No leader election, no
// metrics, no probes. Ends after -for, on SIGTERM and on SIGINT; prints "ready" once the caches are filled.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	jobset "sigs.k8s.io/jobset/api/jobset/v1alpha2"
	"sigs.k8s.io/jobset/pkg/controllers"
	_ "sigs.k8s.io/jobset/pkg/features" // known before -feature-gates is read
)

func newManager(kubeconfig string) (ctrl.Manager, error) {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(jobset.AddToScheme(scheme))
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 500, 500
	config.UserAgent = "jobset-controller"
	return ctrl.NewManager(config, ctrl.Options{
		Scheme:                 scheme,
		Metrics:                metricsserver.Options{BindAddress: "0"},
		HealthProbeBindAddress: "0",
	})
}

func setUp(ctx context.Context, manager ctrl.Manager) error {
	if err := controllers.SetupJobSetIndexes(ctx, manager.GetFieldIndexer()); err != nil {
		return err
	}
	if err := controllers.SetupPodIndexes(ctx, manager.GetFieldIndexer()); err != nil {
		return err
	}
	client, scheme := manager.GetClient(), manager.GetScheme()
	jobSets := controllers.NewJobSetReconciler(client, scheme, manager.GetEventRecorder("jobset"))
	if err := jobSets.SetupWithManager(manager); err != nil {
		return err
	}
	return controllers.NewPodReconciler(client, scheme, manager.GetEventRecorder("pod")).SetupWithManager(manager)
}

func run(kubeconfig string, atMost time.Duration, gates string) error {
	if err := utilfeature.DefaultMutableFeatureGate.Set(gates); err != nil {
		return err
	}
	manager, err := newManager(kubeconfig)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), atMost)
	defer cancel()
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := setUp(ctx, manager); err != nil {
		return err
	}
	go func() {
		if manager.GetCache().WaitForCacheSync(ctx) {
			fmt.Println("ready")
		}
	}()
	return manager.Start(ctx)
}

func main() {
	flags := flag.NewFlagSet("controller", flag.ExitOnError) // the usual one has flags of controller-runtime
	kubeconfig := flags.String("kubeconfig", os.Getenv("KUBECONFIG"), "how to reach the API server")
	atMost := flags.Duration("for", 10*time.Minute, "end after so long")
	gates := flags.String("feature-gates", "", "JobSet's feature gates")
	verbose := flags.Bool("verbose", false, "log what the controllers log")
	_ = flags.Parse(os.Args[1:])
	ctrl.SetLogger(zap.New(zap.UseDevMode(*verbose), zap.WriteTo(os.Stderr)))
	if err := run(*kubeconfig, *atMost, *gates); err != nil {
		fmt.Fprintln(os.Stderr, "controller:", err)
		os.Exit(1)
	}
}
