package main

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var jobSets = schema.GroupVersionResource{Group: "jobset.x-k8s.io", Version: "v1alpha2", Resource: "jobsets"}

func meta(name string, labels ...string) metav1.ObjectMeta {
	out := metav1.ObjectMeta{Name: name, Labels: map[string]string{}}
	for i := 0; i+1 < len(labels); i += 2 {
		out.Labels[labels[i]] = labels[i+1]
	}
	return out
}

func shellPod(script string) corev1.PodSpec {
	return corev1.PodSpec{
		RestartPolicy: corev1.RestartPolicyNever,
		Containers:    []corev1.Container{{Name: "main", Image: "busybox:1.36", Command: []string{"sh", "-c", script}}},
	}
}

func shellJob(name, script string) *batchv1.Job {
	return &batchv1.Job{
		ObjectMeta: meta(name, "of", name),
		Spec: batchv1.JobSpec{
			BackoffLimit: pointer(int32(0)),
			Template:     corev1.PodTemplateSpec{Spec: shellPod(script)},
		},
	}
}

func configMap(name string, labels ...string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: meta(name, labels...), Data: map[string]string{"color": "red"}}
}

// jobSet has one replicated Job "main" of one Pod.
func jobSet(name, script string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "jobset.x-k8s.io/v1alpha2",
		"kind":       "JobSet",
		"metadata":   map[string]any{"name": name, "labels": map[string]any{"of": name}},
		"spec": map[string]any{"replicatedJobs": []any{map[string]any{
			"name":     "main",
			"replicas": int64(1),
			"template": map[string]any{"spec": map[string]any{
				"backoffLimit": int64(0),
				"template": map[string]any{"spec": map[string]any{"containers": []any{map[string]any{
					"name": "main", "image": "busybox:1.36", "command": []any{"sh", "-c", script},
				}}}},
			}},
		}}},
	}}
}

func coreV1(resource string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Version: "v1", Resource: resource}
}
