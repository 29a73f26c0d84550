// Server-side apply with typed configurations.
package main

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	batchapply "k8s.io/client-go/applyconfigurations/batch/v1"
	coreapply "k8s.io/client-go/applyconfigurations/core/v1"
)

var applyChecks = []check{
	{"apply: creates and changes, with typed configurations", applies},
	{"apply: conflict and force", applyConflicts},
	{"apply: what is no longer applied is removed", applyRemoves},
	{"apply: extracts what a manager manages", applyExtracts},
	{"apply: a Job, its containers by name", appliesJob},
	{"apply: a JobSet by the dynamic client", appliesJobSet},
}

func mapOf(name string, data ...string) *coreapply.ConfigMapApplyConfiguration {
	out := coreapply.ConfigMap(name, namespace)
	values := map[string]string{}
	for i := 0; i+1 < len(data); i += 2 {
		values[data[i]] = data[i+1]
	}
	return out.WithData(values)
}

func applies(ctx context.Context, on *cluster) error {
	maps := on.client.CoreV1().ConfigMaps(namespace)
	defer func() { _ = maps.Delete(ctx, "applied", metav1.DeleteOptions{}) }()
	options := metav1.ApplyOptions{FieldManager: "one"}
	created, err := maps.Apply(ctx, mapOf("applied", "color", "red"), options)
	if err != nil {
		return err
	}
	changed, err := maps.Apply(ctx, mapOf("applied", "color", "green"), options)
	if err != nil {
		return err
	}
	again, err := maps.Apply(ctx, mapOf("applied", "color", "green"), options)
	if err != nil {
		return err
	}
	if len(again.ManagedFields) != 1 {
		return fmt.Errorf("expected one manager, got %v", again.ManagedFields)
	}
	return first(expect("uid", created.UID, changed.UID), expect("color", "green", changed.Data["color"]),
		expect("applied again, the version stays", changed.ResourceVersion, again.ResourceVersion),
		expect("manager", "one", again.ManagedFields[0].Manager),
		expect("operation", metav1.ManagedFieldsOperationApply, again.ManagedFields[0].Operation),
		expect("fields", `{"f:data":{"f:color":{}}}`, string(again.ManagedFields[0].FieldsV1.Raw)))
}

func applyConflicts(ctx context.Context, on *cluster) error {
	maps := on.client.CoreV1().ConfigMaps(namespace)
	defer func() { _ = maps.Delete(ctx, "contested", metav1.DeleteOptions{}) }()
	if _, err := maps.Apply(ctx, mapOf("contested", "color", "red"), metav1.ApplyOptions{FieldManager: "one"}); err != nil {
		return err
	}
	_, err := maps.Apply(ctx, mapOf("contested", "color", "green"), metav1.ApplyOptions{FieldManager: "two"})
	if !apierrors.IsConflict(err) {
		return fmt.Errorf("expected a conflict, got: %v", err)
	}
	status := err.(apierrors.APIStatus).Status()
	if len(status.Details.Causes) != 1 {
		return fmt.Errorf("expected one cause, got %v", status.Details.Causes)
	}
	cause := status.Details.Causes[0]
	if err := first(expect("message", `Apply failed with 1 conflict: conflict with "one": .data.color`, status.Message),
		expect("cause", metav1.CauseTypeFieldManagerConflict, cause.Type), expect("field", ".data.color", cause.Field)); err != nil {
		return err
	}
	forced, err := maps.Apply(ctx, mapOf("contested", "color", "green"), metav1.ApplyOptions{FieldManager: "two", Force: true})
	return first(err, expect("color", "green", forced.Data["color"]))
}

func applyRemoves(ctx context.Context, on *cluster) error {
	maps := on.client.CoreV1().ConfigMaps(namespace)
	defer func() { _ = maps.Delete(ctx, "shrinking", metav1.DeleteOptions{}) }()
	if _, err := maps.Apply(ctx, mapOf("shrinking", "a", "1", "b", "2"), metav1.ApplyOptions{FieldManager: "one"}); err != nil {
		return err
	}
	if _, err := maps.Apply(ctx, mapOf("shrinking", "b", "2"), metav1.ApplyOptions{FieldManager: "two"}); err != nil {
		return err
	}
	got, err := maps.Apply(ctx, mapOf("shrinking"), metav1.ApplyOptions{FieldManager: "one"})
	return first(err, expect("data", "map[b:2]", fmt.Sprint(got.Data)))
}

func applyExtracts(ctx context.Context, on *cluster) error {
	maps := on.client.CoreV1().ConfigMaps(namespace)
	defer func() { _ = maps.Delete(ctx, "extracted", metav1.DeleteOptions{}) }()
	if _, err := maps.Apply(ctx, mapOf("extracted", "a", "1"), metav1.ApplyOptions{FieldManager: "one"}); err != nil {
		return err
	}
	got, err := maps.Apply(ctx, mapOf("extracted", "b", "2"), metav1.ApplyOptions{FieldManager: "two"})
	if err != nil {
		return err
	}
	mine, err := coreapply.ExtractConfigMap(got, "two")
	return first(err, expect("data of two", "map[b:2]", fmt.Sprint(mine.Data)))
}

func appliesJob(ctx context.Context, on *cluster) error {
	jobs := on.client.BatchV1().Jobs(namespace)
	defer func() {
		_ = jobs.Delete(ctx, "applied", metav1.DeleteOptions{PropagationPolicy: pointer(metav1.DeletePropagationBackground)})
	}()
	job := batchapply.Job("applied", namespace).WithSpec(batchapply.JobSpec().WithSuspend(true).WithTemplate(
		coreapply.PodTemplateSpec().WithSpec(coreapply.PodSpec().WithRestartPolicy("Never").WithContainers(
			coreapply.Container().WithName("main").WithImage("busybox:1.36").WithCommand("sh", "-c", "exit 0")))))
	created, err := jobs.Apply(ctx, job, metav1.ApplyOptions{FieldManager: "one"})
	if err != nil {
		return err
	}
	fields := string(created.ManagedFields[0].FieldsV1.Raw)
	if err := expect("containers are known by name in "+fields, true, strings.Contains(fields, `k:{\"name\":\"main\"}`)); err != nil {
		return err
	}
	changed, err := jobs.Apply(ctx, job.WithSpec(job.Spec.WithSuspend(false)), metav1.ApplyOptions{FieldManager: "one"})
	return first(err, expect("suspend", false, *changed.Spec.Suspend), expect("generation", 2, changed.Generation))
}

func appliesJobSet(ctx context.Context, on *cluster) error {
	client := on.dynamic.Resource(jobSets).Namespace(namespace)
	defer func() { _ = client.Delete(ctx, "applied", metav1.DeleteOptions{}) }()
	for range 2 {
		got, err := client.Apply(ctx, "applied", jobSet("applied", "sleep 1"), metav1.ApplyOptions{FieldManager: "one"})
		if err != nil {
			return err
		}
		if err := first(expect("generation", 1, got.GetGeneration()), expect("managers", "one", managers(got.GetManagedFields()))); err != nil {
			return err
		}
	}
	return nil
}

func managers(fields []metav1.ManagedFieldsEntry) string {
	var names []string
	for _, entry := range fields {
		if entry.Operation == metav1.ManagedFieldsOperationApply {
			names = append(names, entry.Manager)
		}
	}
	return strings.Join(names, " ")
}
