// Objects written and read back, and how writes are refused.
package main

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/retry"
)

var objectChecks = []check{
	{"objects: a body in JSON", func(ctx context.Context, on *cluster) error {
		return writesAndReads(ctx, on, "in-json", "application/json")
	}},
	{"objects: a body in protocol buffers, as typed clients send by default", func(ctx context.Context, on *cluster) error {
		return writesAndReads(ctx, on, "in-protobuf", "application/vnd.kubernetes.protobuf")
	}},
	{"objects: a Job in protocol buffers keeps every field", protobufJob},
	{"objects: a stale update is a conflict", conflict},
	{"objects: retry on conflict", retries},
	{"objects: exists already, is not found, is invalid", refusals},
	{"objects: preconditions of a deletion", preconditions},
	{"objects: a generated name", generatedName},
	{"objects: dry run leaves nothing", dryRun},
	{"objects: finalizers hold a deletion", finalizers},
	{"objects: scale of a Deployment", scale},
	{"objects: a namespace has its service account", namespaced},
}

func writesAndReads(ctx context.Context, on *cluster, name, contentType string) error {
	config := rest.CopyConfig(on.config)
	config.ContentType = contentType
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	maps := client.CoreV1().ConfigMaps(namespace)
	created, err := maps.Create(ctx, configMap(name), metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	created.Data["color"] = "green"
	created.BinaryData = map[string][]byte{"bytes": {0, 1, 255}}
	updated, err := maps.Update(ctx, created, metav1.UpdateOptions{})
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	got, err := maps.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("get: %w", err)
	}
	return first(expect("color", "green", got.Data["color"]), expect("bytes", "\x00\x01\xff", string(got.BinaryData["bytes"])),
		expect("version", updated.ResourceVersion, got.ResourceVersion), expect("uid", created.UID, got.UID),
		maps.Delete(ctx, name, metav1.DeleteOptions{}))
}

func protobufJob(ctx context.Context, on *cluster) error {
	job := shellJob("many-fields", "exit 0")
	job.Spec.Suspend = pointer(true)
	job.Spec.TTLSecondsAfterFinished = pointer(int32(5))
	job.Spec.Template.Labels = map[string]string{"a": "b", "c": "d"}
	pod := &job.Spec.Template.Spec
	pod.NodeSelector = map[string]string{"zone": "a"}
	pod.Tolerations = []corev1.Toleration{{Key: "k", Operator: corev1.TolerationOpExists,
		Effect: corev1.TaintEffectNoExecute, TolerationSeconds: pointer(int64(7))}}
	pod.Containers[0].Env = []corev1.EnvVar{{Name: "A", Value: "1"}, {Name: "B", ValueFrom: &corev1.EnvVarSource{
		FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}}}
	pod.TerminationGracePeriodSeconds = pointer(int64(3))
	jobs := on.client.BatchV1().Jobs(namespace)
	created, err := jobs.Create(ctx, job, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	defer func() { _ = jobs.Delete(ctx, job.Name, metav1.DeleteOptions{}) }()
	got := created.Spec.Template.Spec
	if len(got.Containers) != 1 || len(got.Containers[0].Env) != 2 ||
		got.Containers[0].Env[1].ValueFrom == nil || len(got.Tolerations) != 1 {
		return fmt.Errorf("the containers came back as %v", got)
	}
	return first(expect("suspend", true, *created.Spec.Suspend), expect("ttl", 5, *created.Spec.TTLSecondsAfterFinished),
		expect("backoffLimit", 0, *created.Spec.BackoffLimit), expect("label c", "d", created.Spec.Template.Labels["c"]),
		expect("selector of nodes", "a", got.NodeSelector["zone"]), expect("toleration", 7, *got.Tolerations[0].TolerationSeconds),
		expect("env B", "metadata.name", got.Containers[0].Env[1].ValueFrom.FieldRef.FieldPath),
		expect("command", "exit 0", got.Containers[0].Command[2]),
		expect("grace", 3, *got.TerminationGracePeriodSeconds))
}

func conflict(ctx context.Context, on *cluster) error {
	maps := on.client.CoreV1().ConfigMaps(namespace)
	old, err := maps.Create(ctx, configMap("stale"), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	defer func() { _ = maps.Delete(ctx, "stale", metav1.DeleteOptions{}) }()
	newer := old.DeepCopy()
	newer.Data["color"] = "green"
	if _, err := maps.Update(ctx, newer, metav1.UpdateOptions{}); err != nil {
		return err
	}
	_, err = maps.Update(ctx, old, metav1.UpdateOptions{})
	return first(expect(fmt.Sprintf("a conflict is: %v", err), true, apierrors.IsConflict(err)),
		expect("message", `Operation cannot be fulfilled on configmaps "stale": the object has been modified; `+
			`please apply your changes to the latest version and try again`, err.Error()))
}

func retries(ctx context.Context, on *cluster) error {
	maps := on.client.CoreV1().ConfigMaps(namespace)
	old, err := maps.Create(ctx, configMap("retried"), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	defer func() { _ = maps.Delete(ctx, "retried", metav1.DeleteOptions{}) }()
	if _, err := maps.Patch(ctx, "retried", types.MergePatchType, []byte(`{"data":{"size":"1"}}`), metav1.PatchOptions{}); err != nil {
		return err
	}
	current, tries := old, 0
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		if tries++; tries > 1 {
			if current, err = maps.Get(ctx, "retried", metav1.GetOptions{}); err != nil {
				return err
			}
		}
		current.Data["color"] = "green"
		_, err := maps.Update(ctx, current, metav1.UpdateOptions{})
		return err
	})
	return first(err, expect("tries", 2, tries))
}

func refusals(ctx context.Context, on *cluster) error {
	maps := on.client.CoreV1().ConfigMaps(namespace)
	if _, err := maps.Create(ctx, configMap("twice"), metav1.CreateOptions{}); err != nil {
		return err
	}
	defer func() { _ = maps.Delete(ctx, "twice", metav1.DeleteOptions{}) }()
	_, exists := maps.Create(ctx, configMap("twice"), metav1.CreateOptions{})
	_, missing := maps.Get(ctx, "missing", metav1.GetOptions{})
	_, invalid := maps.Create(ctx, configMap("Not Valid"), metav1.CreateOptions{})
	_, nowhere := on.client.CoreV1().ConfigMaps("nowhere").Create(ctx, configMap("a"), metav1.CreateOptions{})
	if err := first(expect(fmt.Sprint("exists already is: ", exists), true, apierrors.IsAlreadyExists(exists)),
		expect(fmt.Sprint("not found is: ", missing), true, apierrors.IsNotFound(missing)),
		expect(fmt.Sprint("invalid is: ", invalid), true, apierrors.IsInvalid(invalid)),
		expect(fmt.Sprint("no such namespace is: ", nowhere), true, apierrors.IsNotFound(nowhere))); err != nil {
		return err
	}
	details := invalid.(apierrors.APIStatus).Status().Details
	if details == nil || len(details.Causes) != 1 {
		return fmt.Errorf("expected one cause of an invalid name, got %v", details)
	}
	return first(expect("kind", "ConfigMap", details.Kind), expect("name", "Not Valid", details.Name),
		expect("field", "metadata.name", details.Causes[0].Field),
		expect("reason", metav1.CauseTypeFieldValueInvalid, details.Causes[0].Type))
}

func preconditions(ctx context.Context, on *cluster) error {
	maps := on.client.CoreV1().ConfigMaps(namespace)
	created, err := maps.Create(ctx, configMap("guarded"), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	err = maps.Delete(ctx, "guarded", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: pointer(types.UID("other"))}})
	return first(expect(fmt.Sprint("a conflict is: ", err), true, apierrors.IsConflict(err)),
		maps.Delete(ctx, "guarded", metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(created.UID))}))
}

func generatedName(ctx context.Context, on *cluster) error {
	maps := on.client.CoreV1().ConfigMaps(namespace)
	created, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "some-"}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	return first(expect("length of "+created.Name, len("some-")+5, len(created.Name)),
		maps.Delete(ctx, created.Name, metav1.DeleteOptions{}))
}

func dryRun(ctx context.Context, on *cluster) error {
	maps := on.client.CoreV1().ConfigMaps(namespace)
	created, err := maps.Create(ctx, configMap("dry"), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return err
	}
	_, err = maps.Get(ctx, "dry", metav1.GetOptions{})
	return first(expect("a uid is given", true, created.UID != ""),
		expect(fmt.Sprint("not found is: ", err), true, apierrors.IsNotFound(err)))
}

func finalizers(ctx context.Context, on *cluster) error {
	maps := on.client.CoreV1().ConfigMaps(namespace)
	held := configMap("held")
	held.Finalizers = []string{"jobset-twin.dev/hold"}
	if _, err := maps.Create(ctx, held, metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := maps.Delete(ctx, "held", metav1.DeleteOptions{}); err != nil {
		return err
	}
	marked, err := maps.Get(ctx, "held", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if err := expect("it is marked", true, marked.DeletionTimestamp != nil); err != nil {
		return err
	}
	_, err = maps.Patch(ctx, "held", types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
	if err != nil {
		return err
	}
	_, err = maps.Get(ctx, "held", metav1.GetOptions{})
	return expect(fmt.Sprint("not found is: ", err), true, apierrors.IsNotFound(err))
}

func scale(ctx context.Context, on *cluster) error {
	labels := map[string]string{"app": "scaled"}
	deployments := on.client.AppsV1().Deployments(namespace)
	_, err := deployments.Create(ctx, &appsv1.Deployment{
		ObjectMeta: meta("scaled"),
		Spec: appsv1.DeploymentSpec{
			Replicas: pointer(int32(1)),
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "registry.k8s.io/pause:3.10"}}},
			},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	defer func() { _ = deployments.Delete(ctx, "scaled", metav1.DeleteOptions{}) }()
	current, err := deployments.GetScale(ctx, "scaled", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if err := first(expect("replicas", 1, current.Spec.Replicas), expect("selector", "app=scaled", current.Status.Selector)); err != nil {
		return err
	}
	current.Spec = autoscalingv1.ScaleSpec{Replicas: 4}
	if _, err := deployments.UpdateScale(ctx, "scaled", current, metav1.UpdateOptions{}); err != nil {
		return err
	}
	got, err := deployments.Get(ctx, "scaled", metav1.GetOptions{})
	return first(err, expect("replicas", 4, *got.Spec.Replicas))
}

func namespaced(ctx context.Context, on *cluster) error {
	if _, err := on.client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: meta("lab")}, metav1.CreateOptions{}); err != nil {
		return err
	}
	return eventually(ctx, "the default service account", "default", func(ctx context.Context) (string, error) {
		got, err := on.client.CoreV1().ServiceAccounts("lab").Get(ctx, "default", metav1.GetOptions{})
		if err != nil {
			return "", err
		}
		return got.Name, nil
	})
}
