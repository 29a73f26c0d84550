// Pods: eviction, binding, logs, deletion; events of one's own.
package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
)

var podChecks = []check{
	{"pods: eviction", eviction},
	{"pods: eviction against a disruption budget", heldEviction},
	{"pods: bound by a scheduler of one's own", binding},
	{"pods: logs, whole and by line", logs},
	{"pods: logs, followed", followedLogs},
	{"pods: deleted with and without grace", deletedPods},
	{"events: a recorder of one's own", recorder},
}

// withPod makes a Pod that runs, for the time of a check.
func withPod(ctx context.Context, on *cluster, name, script string, run func() error) error {
	pods := on.client.CoreV1().Pods(namespace)
	if _, err := pods.Create(ctx, &corev1.Pod{ObjectMeta: meta(name, "of", name), Spec: shellPod(script)}, metav1.CreateOptions{}); err != nil {
		return err
	}
	defer func() { _ = pods.Delete(ctx, name, metav1.DeleteOptions{GracePeriodSeconds: pointer(int64(0))}) }()
	return first(eventually(ctx, name+" is not pending", false, func(ctx context.Context) (bool, error) {
		got, err := pods.Get(ctx, name, metav1.GetOptions{})
		return err != nil || got.Status.Phase == corev1.PodPending, err
	}), run())
}

func gone(ctx context.Context, on *cluster, name string) error {
	return eventually(ctx, name+" is gone", true, func(ctx context.Context) (bool, error) {
		_, err := on.client.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return true, nil
		}
		return false, err
	})
}

func evict(ctx context.Context, on *cluster, name string) error {
	return on.client.PolicyV1().Evictions(namespace).Evict(ctx, &policyv1.Eviction{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}})
}

func eviction(ctx context.Context, on *cluster) error {
	return withPod(ctx, on, "evicted", "sleep 1000", func() error {
		return first(evict(ctx, on, "evicted"), gone(ctx, on, "evicted"))
	})
}

func heldEviction(ctx context.Context, on *cluster) error {
	budgets := on.client.PolicyV1().PodDisruptionBudgets(namespace)
	_, err := budgets.Create(ctx, &policyv1.PodDisruptionBudget{ObjectMeta: meta("held"), Spec: policyv1.PodDisruptionBudgetSpec{
		MinAvailable: pointer(intstr.FromInt32(1)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"of": "held"}},
	}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	defer func() { _ = budgets.Delete(ctx, "held", metav1.DeleteOptions{}) }()
	return withPod(ctx, on, "held", "sleep 1000", func() error {
		err := evict(ctx, on, "held")
		if !apierrors.IsTooManyRequests(err) {
			return fmt.Errorf("expected too many requests, got: %v", err)
		}
		return first(expect("message", "Cannot evict pod as it would violate the pod's disruption budget.", err.Error()),
			expect("cause", true, apierrors.HasStatusCause(err, policyv1.DisruptionBudgetCause)))
	})
}

func binding(ctx context.Context, on *cluster) error {
	nodes, err := on.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil {
		return err
	}
	node := nodes.Items[0].Name
	pods := on.client.CoreV1().Pods(namespace)
	pod := &corev1.Pod{ObjectMeta: meta("bound"), Spec: shellPod("sleep 1000")}
	pod.Spec.SchedulerName = "my-scheduler"
	if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return err
	}
	defer func() { _ = pods.Delete(ctx, "bound", metav1.DeleteOptions{GracePeriodSeconds: pointer(int64(0))}) }()
	to := &corev1.Binding{ObjectMeta: meta("bound"), Target: corev1.ObjectReference{Kind: "Node", Name: node}}
	if err := pods.Bind(ctx, to, metav1.CreateOptions{}); err != nil {
		return err
	}
	again := pods.Bind(ctx, to, metav1.CreateOptions{})
	return first(expect(fmt.Sprint("bound again is a conflict: ", again), true, apierrors.IsConflict(again)),
		eventually(ctx, "it runs", node+" Running", func(ctx context.Context) (string, error) {
			got, err := pods.Get(ctx, "bound", metav1.GetOptions{})
			if err != nil {
				return "", err
			}
			return got.Spec.NodeName + " " + string(got.Status.Phase), nil
		}))
}

func finished(ctx context.Context, on *cluster, name string) error {
	return eventually(ctx, name+" has succeeded", corev1.PodSucceeded, func(ctx context.Context) (corev1.PodPhase, error) {
		got, err := on.client.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return "", err
		}
		return got.Status.Phase, nil
	})
}

func logs(ctx context.Context, on *cluster) error {
	return withPod(ctx, on, "says", "echo one; echo two; echo three", func() error {
		if err := finished(ctx, on, "says"); err != nil {
			return err
		}
		for _, c := range []struct {
			options corev1.PodLogOptions
			want    string
		}{
			{corev1.PodLogOptions{}, "one\ntwo\nthree\n"},
			{corev1.PodLogOptions{Container: "main", TailLines: pointer(int64(1))}, "three\n"},
			{corev1.PodLogOptions{LimitBytes: pointer(int64(5))}, "one\nt"},
		} {
			got, err := on.client.CoreV1().Pods(namespace).GetLogs("says", &c.options).Do(ctx).Raw()
			if err := first(err, expect(c.options.String(), c.want, string(got))); err != nil {
				return err
			}
		}
		err := on.client.CoreV1().Pods(namespace).GetLogs("says", &corev1.PodLogOptions{Container: "other"}).Do(ctx).Error()
		return expect("of another container", "container other is not valid for pod says", fmt.Sprint(err))
	})
}

func followedLogs(ctx context.Context, on *cluster) error {
	return withPod(ctx, on, "goes-on", "for i in 1 2 3; do echo $i; sleep 1; done", func() error {
		stream, err := on.client.CoreV1().Pods(namespace).GetLogs("goes-on", &corev1.PodLogOptions{Follow: true}).Stream(ctx)
		if err != nil {
			return err
		}
		defer stream.Close()
		all, err := io.ReadAll(stream)
		return first(err, expect("until the end", "1 2 3", strings.Join(strings.Fields(string(all)), " ")))
	})
}

func deletedPods(ctx context.Context, on *cluster) error {
	pods := on.client.CoreV1().Pods(namespace)
	return withPod(ctx, on, "leaves", "sleep 1000", func() error {
		if err := pods.Delete(ctx, "leaves", metav1.DeleteOptions{}); err != nil {
			return err
		}
		got, err := pods.Get(ctx, "leaves", metav1.GetOptions{})
		if err == nil {
			if err := first(expect("it is marked", true, got.DeletionTimestamp != nil),
				expect("grace", 30, *got.DeletionGracePeriodSeconds)); err != nil {
				return err
			}
		}
		return first(pods.Delete(ctx, "leaves", metav1.DeleteOptions{GracePeriodSeconds: pointer(int64(0))}), gone(ctx, on, "leaves"))
	})
}

func recorder(ctx context.Context, on *cluster) error {
	object, err := on.client.CoreV1().ConfigMaps(namespace).Create(ctx, configMap("subject"), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	defer func() { _ = on.client.CoreV1().ConfigMaps(namespace).Delete(ctx, "subject", metav1.DeleteOptions{}) }()
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: on.client.EventsV1()})
	defer broadcaster.Shutdown()
	if err := broadcaster.StartRecordingToSinkWithContext(ctx); err != nil {
		return err
	}
	broadcaster.NewRecorder(scheme.Scheme, "clientgo").Eventf(object, nil, corev1.EventTypeNormal, "Seen", "Looking", "seen %d times", 2)
	return first(eventually(ctx, "the event", "Seen seen 2 times", func(ctx context.Context) (string, error) {
		list, err := on.client.EventsV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: "regarding.name=subject"})
		if err != nil || len(list.Items) == 0 {
			return "", err
		}
		return list.Items[0].Reason + " " + list.Items[0].Note, nil
	}), eventually(ctx, "the same event of v1", "clientgo", func(ctx context.Context) (string, error) {
		list, err := on.client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=subject"})
		if err != nil || len(list.Items) == 0 {
			return "", err
		}
		return list.Items[0].ReportingController, nil
	}))
}
