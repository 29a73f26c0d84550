// Custom resources: JobSets by the dynamic client, and kinds of one's own.
package main

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

var customChecks = []check{
	{"jobsets: created, run, completed, deleted", jobSetRuns},
	{"jobsets: refused by schema and webhook", jobSetRefused},
	{"jobsets: their status is a subresource", jobSetStatus},
	{"jobsets: strict validation of fields", strictFields},
	{"custom kinds: defined, served, used, gone", customKind},
}

func jobSetRuns(ctx context.Context, on *cluster) error {
	client := on.dynamic.Resource(jobSets).Namespace(namespace)
	created, err := client.Create(ctx, jobSet("runs", "sleep 1"), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	mode, _, err := unstructured.NestedString(created.Object["spec"].(map[string]any)["replicatedJobs"].([]any)[0].(map[string]any),
		"template", "spec", "completionMode")
	if err := first(err, expect("the webhook's default", "Indexed", mode)); err != nil {
		return err
	}
	err = eventually(ctx, "terminal state", "Completed", func(ctx context.Context) (string, error) {
		got, err := client.Get(ctx, "runs", metav1.GetOptions{})
		if err != nil {
			return "", err
		}
		state, _, err := unstructured.NestedString(got.Object, "status", "terminalState")
		return state, err
	})
	if err != nil {
		return err
	}
	jobs, err := on.client.BatchV1().Jobs(namespace).List(ctx, metav1.ListOptions{LabelSelector: "jobset.sigs.k8s.io/jobset-name=runs"})
	if err != nil {
		return err
	}
	if len(jobs.Items) != 1 {
		return fmt.Errorf("expected one Job, got %d", len(jobs.Items))
	}
	if err := first(expect("owner", created.GetUID(), metav1.GetControllerOf(&jobs.Items[0]).UID),
		client.Delete(ctx, "runs", metav1.DeleteOptions{PropagationPolicy: pointer(metav1.DeletePropagationForeground)})); err != nil {
		return err
	}
	return eventually(ctx, "the Job and the JobSet are gone", true, func(ctx context.Context) (bool, error) {
		_, job := on.client.BatchV1().Jobs(namespace).Get(ctx, "runs-main-0", metav1.GetOptions{})
		_, set := client.Get(ctx, "runs", metav1.GetOptions{})
		return apierrors.IsNotFound(job) && apierrors.IsNotFound(set), nil
	})
}

func jobSetRefused(ctx context.Context, on *cluster) error {
	client := on.dynamic.Resource(jobSets).Namespace(namespace)
	bad := jobSet("refused", "exit 0")
	bad.Object["spec"].(map[string]any)["successPolicy"] = map[string]any{"operator": "Some"}
	_, bySchema := client.Create(ctx, bad, metav1.CreateOptions{})
	bad.Object["spec"].(map[string]any)["successPolicy"] = map[string]any{"operator": "All", "targetReplicatedJobs": []any{"nobody"}}
	_, byWebhook := client.Create(ctx, bad, metav1.CreateOptions{})
	return first(expect(fmt.Sprint("invalid is: ", bySchema), true, apierrors.IsInvalid(bySchema)),
		expect(fmt.Sprint("invalid is: ", byWebhook), true, apierrors.IsInvalid(byWebhook)))
}

func jobSetStatus(ctx context.Context, on *cluster) error {
	client := on.dynamic.Resource(jobSets).Namespace(namespace)
	suspended := jobSet("with-status", "exit 0")
	suspended.Object["spec"].(map[string]any)["suspend"] = true
	suspended.Object["status"] = map[string]any{"restarts": int64(9)}
	created, err := client.Create(ctx, suspended, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	defer func() { _ = client.Delete(ctx, "with-status", metav1.DeleteOptions{}) }()
	given, _, _ := unstructured.NestedInt64(created.Object, "status", "restarts")
	if err := expect("a status is not created", int64(0), given); err != nil {
		return err
	}
	got, err := client.Patch(ctx, "with-status", types.MergePatchType, []byte(`{"status":{"restarts":3},"spec":{"suspend":false}}`),
		metav1.PatchOptions{}, "status")
	if err != nil {
		return err
	}
	restarts, _, _ := unstructured.NestedInt64(got.Object, "status", "restarts")
	suspend, _, _ := unstructured.NestedBool(got.Object, "spec", "suspend")
	return first(expect("restarts", 3, restarts), expect("suspend is no part of it", true, suspend))
}

func strictFields(ctx context.Context, on *cluster) error {
	client := on.dynamic.Resource(jobSets).Namespace(namespace)
	odd := jobSet("odd", "exit 0")
	odd.Object["spec"].(map[string]any)["colour"] = "red"
	_, err := client.Create(ctx, odd, metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
	if err := first(expect(fmt.Sprint("a bad request is: ", err), true, apierrors.IsBadRequest(err)), expect("message",
		`JobSet in version "v1alpha2" cannot be handled as a JobSet: strict decoding error: unknown field "spec.colour"`,
		fmt.Sprint(err))); err != nil {
		return err
	}
	created, err := client.Create(ctx, odd, metav1.CreateOptions{FieldValidation: metav1.FieldValidationIgnore})
	if err != nil {
		return err
	}
	_, kept, _ := unstructured.NestedString(created.Object, "spec", "colour")
	return first(expect("the unknown field is kept", false, kept), client.Delete(ctx, "odd", metav1.DeleteOptions{}))
}

func customKind(ctx context.Context, on *cluster) error {
	definitions := on.dynamic.Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1",
		Resource: "customresourcedefinitions"})
	lamps := schema.GroupVersionResource{Group: "lab.jobset-twin.dev", Version: "v1", Resource: "lamps"}
	_, err := definitions.Create(ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": "lamps.lab.jobset-twin.dev"},
		"spec": map[string]any{
			"group": lamps.Group, "scope": "Namespaced",
			"names": map[string]any{"plural": "lamps", "singular": "lamp", "kind": "Lamp", "shortNames": []any{"lp"}},
			"versions": []any{map[string]any{"name": "v1", "served": true, "storage": true, "schema": map[string]any{
				"openAPIV3Schema": map[string]any{"type": "object", "properties": map[string]any{
					"spec": map[string]any{"type": "object", "properties": map[string]any{
						"color": map[string]any{"type": "string", "default": "white", "enum": []any{"white", "red"}},
					}},
				}},
			}}},
		},
	}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	defer func() { _ = definitions.Delete(ctx, "lamps.lab.jobset-twin.dev", metav1.DeleteOptions{}) }()
	client := on.dynamic.Resource(lamps).Namespace(namespace)
	lamp := func(name string, spec map[string]any) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "lab.jobset-twin.dev/v1", "kind": "Lamp",
			"metadata": map[string]any{"name": name}, "spec": spec}}
	}
	err = eventually(ctx, "a lamp of the default color", "white", func(ctx context.Context) (string, error) {
		got, err := client.Create(ctx, lamp("one", map[string]any{}), metav1.CreateOptions{})
		if err != nil {
			return "", err
		}
		color, _, err := unstructured.NestedString(got.Object, "spec", "color")
		return color, err
	})
	if err != nil {
		return err
	}
	_, refused := client.Create(ctx, lamp("two", map[string]any{"color": "black"}), metav1.CreateOptions{})
	list, err := client.List(ctx, metav1.ListOptions{})
	if err := first(err, expect(fmt.Sprint("invalid is: ", refused), true, apierrors.IsInvalid(refused)),
		expect("kind", "LampList", list.GetKind()), expect("lamps", 1, len(list.Items))); err != nil {
		return err
	}
	if err := definitions.Delete(ctx, "lamps.lab.jobset-twin.dev", metav1.DeleteOptions{}); err != nil {
		return err
	}
	return eventually(ctx, "they are not served any more", true, func(ctx context.Context) (bool, error) {
		_, err := client.List(ctx, metav1.ListOptions{})
		if apierrors.IsNotFound(err) {
			return true, nil
		}
		return false, err
	})
}
