// Watches and what is built upon them: informers, watch lists, retrying watches, election of leaders.
package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	toolswatch "k8s.io/client-go/tools/watch"
)

var watchChecks = []check{
	{"watches: added, modified, deleted", watchEvents},
	{"watches: by labels, an object that no longer matches is deleted", leavesSelection},
	{"watches: end in time", endInTime},
	{"watches: from a version that is not a number", badVersion},
	{"watches: a list by a watch, with sendInitialEvents", watchList},
	{"watches: a list by a watch wants bookmarks", watchListOptions},
	{"watches: a retrying watch survives its connections", retryWatch},
	{"informers: typed, of Jobs and Pods", typedInformers},
	{"informers: dynamic, of JobSets", dynamicInformers},
	{"informers: with an indexer and a selector", indexed},
	{"leader election: on a Lease, one after the other", leaders},
}

// nextEvent waits for an event of a watch.
func nextEvent(ctx context.Context, from watch.Interface) (watch.Event, error) {
	select {
	case event, open := <-from.ResultChan():
		if !open {
			return event, fmt.Errorf("the watch ended")
		}
		return event, nil
	case <-ctx.Done():
		return watch.Event{}, fmt.Errorf("no event came: %w", ctx.Err())
	case <-time.After(20 * time.Second):
		return watch.Event{}, fmt.Errorf("no event came in 20 s")
	}
}

func theEvents(ctx context.Context, from watch.Interface, want ...string) error {
	for _, expected := range want {
		event, err := nextEvent(ctx, from)
		if err != nil {
			return fmt.Errorf("expected %s: %w", expected, err)
		}
		got := string(event.Type)
		if m, ok := event.Object.(*corev1.ConfigMap); ok {
			got += " " + m.Name + " " + m.Data["color"]
		}
		if err := expect("event", expected, got); err != nil {
			return err
		}
	}
	return nil
}

func watchEvents(ctx context.Context, on *cluster) error {
	maps := on.client.CoreV1().ConfigMaps(namespace)
	list, err := maps.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	watched, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: list.ResourceVersion, FieldSelector: "metadata.name=watched"})
	if err != nil {
		return err
	}
	defer watched.Stop()
	if _, err := maps.Create(ctx, configMap("watched"), metav1.CreateOptions{}); err != nil {
		return err
	}
	if _, err := maps.Patch(ctx, "watched", types.MergePatchType, []byte(`{"data":{"color":"green"}}`), metav1.PatchOptions{}); err != nil {
		return err
	}
	if err := maps.Delete(ctx, "watched", metav1.DeleteOptions{}); err != nil {
		return err
	}
	return theEvents(ctx, watched, "ADDED watched red", "MODIFIED watched green", "DELETED watched green")
}

func leavesSelection(ctx context.Context, on *cluster) error {
	maps := on.client.CoreV1().ConfigMaps(namespace)
	watched, err := maps.Watch(ctx, metav1.ListOptions{LabelSelector: "in=yes"})
	if err != nil {
		return err
	}
	defer watched.Stop()
	if _, err := maps.Create(ctx, configMap("selected", "in", "yes"), metav1.CreateOptions{}); err != nil {
		return err
	}
	defer func() { _ = maps.Delete(ctx, "selected", metav1.DeleteOptions{}) }()
	for _, value := range []string{"no", "yes"} {
		patch := []byte(`{"metadata":{"labels":{"in":"` + value + `"}}}`)
		if _, err := maps.Patch(ctx, "selected", types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
			return err
		}
	}
	return theEvents(ctx, watched, "ADDED selected red", "DELETED selected red", "ADDED selected red")
}

func endInTime(ctx context.Context, on *cluster) error {
	started := time.Now()
	watched, err := on.client.CoreV1().ConfigMaps(namespace).Watch(ctx,
		metav1.ListOptions{TimeoutSeconds: pointer(int64(1)), FieldSelector: "metadata.name=none"})
	if err != nil {
		return err
	}
	defer watched.Stop()
	event, err := nextEvent(ctx, watched)
	return first(expect("it ended without an event", "", string(event.Type)), expect("it ended", "the watch ended", fmt.Sprint(err)),
		expect("in its time", true, time.Since(started) < 10*time.Second))
}

func badVersion(ctx context.Context, on *cluster) error {
	_, err := on.client.CoreV1().ConfigMaps(namespace).Watch(ctx, metav1.ListOptions{ResourceVersion: "soon"})
	return expect(fmt.Sprint("a bad request or invalid is: ", err), true, apierrors.IsBadRequest(err) || apierrors.IsInvalid(err))
}

func watchList(ctx context.Context, on *cluster) error {
	return withMaps(ctx, on, "initial", 3, func(selector string) error {
		watched, err := on.client.CoreV1().ConfigMaps(namespace).Watch(ctx, metav1.ListOptions{LabelSelector: selector,
			SendInitialEvents: pointer(true), AllowWatchBookmarks: true,
			ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan})
		if err != nil {
			return err
		}
		defer watched.Stop()
		if err := theEvents(ctx, watched, "ADDED initial-00 red", "ADDED initial-01 red", "ADDED initial-02 red"); err != nil {
			return err
		}
		event, err := nextEvent(ctx, watched)
		if err != nil {
			return fmt.Errorf("the bookmark: %w", err)
		}
		object, ok := event.Object.(metav1.Object)
		if !ok {
			return fmt.Errorf("expected a bookmark with an object, got %v", event)
		}
		return first(expect("event", watch.Bookmark, event.Type),
			expect("annotation of the bookmark", "true", object.GetAnnotations()[metav1.InitialEventsAnnotationKey]),
			expect("the bookmark has a version", true, object.GetResourceVersion() != ""))
	})
}

func watchListOptions(ctx context.Context, on *cluster) error {
	_, err := on.client.CoreV1().ConfigMaps(namespace).Watch(ctx, metav1.ListOptions{SendInitialEvents: pointer(true),
		AllowWatchBookmarks: true})
	return expect(fmt.Sprint("without resourceVersionMatch it is invalid: ", err), true, apierrors.IsInvalid(err))
}

func retryWatch(ctx context.Context, on *cluster) error {
	maps := on.client.CoreV1().ConfigMaps(namespace)
	list, err := maps.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	selector := fields.OneTermEqualSelector("metadata.name", "lasting").String()
	source := &cache.ListWatch{
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			options.FieldSelector, options.TimeoutSeconds = selector, pointer(int64(1)) // so it must be opened again
			return maps.Watch(ctx, options)
		},
	}
	watched, err := toolswatch.NewRetryWatcherWithContext(ctx, list.ResourceVersion, source)
	if err != nil {
		return err
	}
	defer watched.Stop()
	if _, err := maps.Create(ctx, configMap("lasting"), metav1.CreateOptions{}); err != nil {
		return err
	}
	defer func() { _ = maps.Delete(ctx, "lasting", metav1.DeleteOptions{}) }()
	if err := theEvents(ctx, watched, "ADDED lasting red"); err != nil {
		return err
	}
	select { // longer than one connection lasts
	case <-time.After(2500 * time.Millisecond):
	case event := <-watched.ResultChan():
		return fmt.Errorf("expected nothing, got %v", event)
	}
	if _, err := maps.Patch(ctx, "lasting", types.MergePatchType, []byte(`{"data":{"color":"blue"}}`), metav1.PatchOptions{}); err != nil {
		return err
	}
	return theEvents(ctx, watched, "MODIFIED lasting blue")
}

// counts is what handlers of an informer saw.
type counts struct {
	sync.Mutex
	added, updated, deleted map[string]int
}

func newCounts() *counts {
	return &counts{added: map[string]int{}, updated: map[string]int{}, deleted: map[string]int{}}
}

func (c *counts) handler() cache.ResourceEventHandlerFuncs {
	note := func(in map[string]int, object any) {
		if deleted, ok := object.(cache.DeletedFinalStateUnknown); ok {
			object = deleted.Obj
		}
		c.Lock()
		defer c.Unlock()
		in[object.(metav1.Object).GetName()]++
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { note(c.added, object) },
		UpdateFunc: func(_, object any) { note(c.updated, object) },
		DeleteFunc: func(object any) { note(c.deleted, object) },
	}
}

func (c *counts) of(in map[string]int, name string) int {
	c.Lock()
	defer c.Unlock()
	return in[name]
}

func synced(ctx context.Context, informers ...cache.SharedIndexInformer) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for _, informer := range informers {
		if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
			return fmt.Errorf("an informer did not fill its cache in 20 s")
		}
	}
	return nil
}

func typedInformers(ctx context.Context, on *cluster) error {
	ctx, cancel := context.WithCancel(ctx)
	factory := informers.NewSharedInformerFactoryWithOptions(on.client, 0, informers.WithNamespace(namespace))
	jobs, pods := factory.Batch().V1().Jobs(), factory.Core().V1().Pods()
	ofJobs, ofPods := newCounts(), newCounts()
	if _, err := jobs.Informer().AddEventHandler(ofJobs.handler()); err != nil {
		return err
	}
	if _, err := pods.Informer().AddEventHandler(ofPods.handler()); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	defer factory.Shutdown()
	defer cancel()
	if err := synced(ctx, jobs.Informer(), pods.Informer()); err != nil {
		return err
	}
	client := on.client.BatchV1().Jobs(namespace)
	if _, err := client.Create(ctx, shellJob("informed", "sleep 1"), metav1.CreateOptions{}); err != nil {
		return err
	}
	err := eventually(ctx, "the Job of the cache is complete", true, func(context.Context) (bool, error) {
		job, err := jobs.Lister().Jobs(namespace).Get("informed")
		if err != nil {
			return false, err
		}
		for _, condition := range job.Status.Conditions {
			if condition.Type == batchv1.JobComplete && condition.Status == corev1.ConditionTrue {
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	if err := first(expect("added", 1, ofJobs.of(ofJobs.added, "informed")),
		expect("it was updated", true, ofJobs.of(ofJobs.updated, "informed") >= 2)); err != nil {
		return err
	}
	if err := client.Delete(ctx, "informed", metav1.DeleteOptions{PropagationPolicy: pointer(metav1.DeletePropagationForeground)}); err != nil {
		return err
	}
	return first(eventually(ctx, "deleted", 1, func(context.Context) (int, error) { return ofJobs.of(ofJobs.deleted, "informed"), nil }),
		eventually(ctx, "Pods deleted", 1, func(context.Context) (int, error) {
			ofPods.Lock()
			defer ofPods.Unlock()
			return len(ofPods.deleted), nil
		}))
}

func dynamicInformers(ctx context.Context, on *cluster) error {
	ctx, cancel := context.WithCancel(ctx)
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(on.dynamic, 0, namespace, nil)
	informer := factory.ForResource(jobSets)
	seen := newCounts()
	if _, err := informer.Informer().AddEventHandler(seen.handler()); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	defer factory.Shutdown()
	defer cancel()
	if err := synced(ctx, informer.Informer()); err != nil {
		return err
	}
	client := on.dynamic.Resource(jobSets).Namespace(namespace)
	if _, err := client.Create(ctx, jobSet("seen", "sleep 1"), metav1.CreateOptions{}); err != nil {
		return err
	}
	err := eventually(ctx, "terminal state", "Completed", func(context.Context) (string, error) {
		object, err := informer.Lister().ByNamespace(namespace).Get("seen")
		if err != nil {
			return "", err
		}
		state, _, err := unstructured.NestedString(object.(*unstructured.Unstructured).Object, "status", "terminalState")
		return state, err
	})
	if err != nil {
		return err
	}
	if err := client.Delete(ctx, "seen", metav1.DeleteOptions{}); err != nil {
		return err
	}
	return eventually(ctx, "deleted", 1, func(context.Context) (int, error) { return seen.of(seen.deleted, "seen"), nil })
}

func indexed(ctx context.Context, on *cluster) error {
	return withMaps(ctx, on, "indexed", 3, func(selector string) error {
		ctx, cancel := context.WithCancel(ctx)
		factory := informers.NewSharedInformerFactoryWithOptions(on.client, 0,
			informers.WithTweakListOptions(func(options *metav1.ListOptions) { options.LabelSelector = selector }))
		informer := factory.Core().V1().ConfigMaps().Informer()
		err := informer.AddIndexers(cache.Indexers{"color": func(object any) ([]string, error) {
			return []string{object.(*corev1.ConfigMap).Data["color"]}, nil
		}})
		if err != nil {
			return err
		}
		factory.Start(ctx.Done())
		defer factory.Shutdown()
		defer cancel()
		if err := synced(ctx, informer); err != nil {
			return err
		}
		patch := []byte(`{"data":{"color":"green"}}`)
		if _, err := on.client.CoreV1().ConfigMaps(namespace).Patch(ctx, "indexed-01", types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
			return err
		}
		return eventually(ctx, "red, green", "2 1", func(context.Context) (string, error) {
			red, err := informer.GetIndexer().ByIndex("color", "red")
			green, other := informer.GetIndexer().ByIndex("color", "green")
			return fmt.Sprintf("%d %d", len(red), len(green)), first(err, other)
		})
	})
}

func leaders(ctx context.Context, on *cluster) error {
	led := make(chan string, 2)
	run := func(ctx context.Context, who string) error {
		lock := &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Name: "elected", Namespace: namespace},
			Client:     on.client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: who},
		}
		elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
			Lock: lock, ReleaseOnCancel: true,
			LeaseDuration: 4 * time.Second, RenewDeadline: 3 * time.Second, RetryPeriod: 300 * time.Millisecond,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) { led <- who },
				OnStoppedLeading: func() {},
			},
		})
		if err == nil {
			go elector.Run(ctx)
		}
		return err
	}
	leads := func(want string) error {
		select {
		case got := <-led:
			return expect("leader", want, got)
		case <-time.After(15 * time.Second):
			return fmt.Errorf("%s does not lead after 15 s", want)
		}
	}
	one, stopOne := context.WithCancel(ctx)
	defer stopOne()
	two, stopTwo := context.WithCancel(ctx)
	defer stopTwo()
	if err := first(run(one, "one"), leads("one"), run(two, "two")); err != nil {
		return err
	}
	stopOne()
	if err := leads("two"); err != nil {
		return err
	}
	lease, err := on.client.CoordinationV1().Leases(namespace).Get(ctx, "elected", metav1.GetOptions{})
	if err != nil {
		return err
	}
	return first(expect("holder", "two", *lease.Spec.HolderIdentity), expect("transitions", 1, *lease.Spec.LeaseTransitions))
}
