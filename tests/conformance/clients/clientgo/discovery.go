// What the server says it has.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	apidiscovery "k8s.io/api/apidiscovery/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/restmapper"
)

var discoveryChecks = []check{
	{"discovery: version", serverVersion},
	{"discovery: groups and resources", groupsAndResources},
	{"discovery: aggregated, in one answer a root", aggregated},
	{"discovery: preferred resources", preferredResources},
	{"discovery: REST mapper", restMapper},
	{"discovery: OpenAPI v3", openAPI},
	{"discovery: health", health},
}

func serverVersion(_ context.Context, on *cluster) error {
	version, err := on.client.Discovery().ServerVersion()
	if err != nil {
		return err
	}
	return first(expect("major", "1", version.Major), expect("minor", "36", version.Minor),
		expect("the version "+version.GitVersion+" begins with v1.36.", true,
			strings.HasPrefix(version.GitVersion, "v1.36.")))
}

func groupsAndResources(_ context.Context, on *cluster) error {
	_, lists, err := on.client.Discovery().ServerGroupsAndResources()
	if err != nil {
		return err
	}
	found := map[string]metav1.APIResource{}
	for _, list := range lists {
		for _, resource := range list.APIResources {
			found[list.GroupVersion+"/"+resource.Name] = resource
		}
	}
	for name, kind := range map[string]string{
		"v1/pods": "Pod", "v1/pods/status": "Pod", "v1/pods/log": "Pod", "v1/pods/eviction": "Eviction",
		"v1/pods/binding": "Binding", "batch/v1/jobs": "Job", "batch/v1/jobs/status": "Job", "apps/v1/deployments/scale": "Scale",
		"jobset.x-k8s.io/v1alpha2/jobsets": "JobSet", "jobset.x-k8s.io/v1alpha2/jobsets/status": "JobSet",
		"coordination.k8s.io/v1/leases": "Lease", "events.k8s.io/v1/events": "Event",
		"authorization.k8s.io/v1/subjectaccessreviews":                    "SubjectAccessReview",
		"apiextensions.k8s.io/v1/customresourcedefinitions":               "CustomResourceDefinition",
		"admissionregistration.k8s.io/v1/validatingwebhookconfigurations": "ValidatingWebhookConfiguration",
	} {
		if err := expect("kind of "+name, kind, found[name].Kind); err != nil {
			return err
		}
	}
	jobs := found["batch/v1/jobs"]
	return first(expect("jobs are namespaced", true, jobs.Namespaced),
		expect("singular of jobs", "job", jobs.SingularName),
		expect("verbs of jobs", "create delete deletecollection get list patch update watch", strings.Join(jobs.Verbs, " ")),
		expect("categories of jobs", "all", strings.Join(jobs.Categories, " ")))
}

func aggregated(ctx context.Context, on *cluster) error {
	const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
	for _, root := range []string{"/api", "/apis"} {
		var contentType string
		result := on.client.RESTClient().Get().AbsPath(root).SetHeader("Accept", accept).Do(ctx).ContentType(&contentType)
		body, err := result.Raw()
		if err != nil {
			return err
		}
		if err := expect("content type of "+root, accept, contentType); err != nil {
			return err
		}
		var list apidiscovery.APIGroupDiscoveryList
		if err := json.Unmarshal(body, &list); err != nil {
			return err
		}
		if len(list.Items) == 0 || len(list.Items[0].Versions) == 0 || len(list.Items[0].Versions[0].Resources) == 0 {
			return fmt.Errorf("%s has no group with resources: %.300s", root, body)
		}
		if err := first(expect("kind of "+root, "APIGroupDiscoveryList", list.Kind),
			expect("freshness", apidiscovery.DiscoveryFreshnessCurrent, list.Items[0].Versions[0].Freshness)); err != nil {
			return err
		}
	}
	return nil
}

func preferredResources(_ context.Context, on *cluster) error {
	lists, err := on.client.Discovery().ServerPreferredNamespacedResources()
	if err != nil {
		return err
	}
	for _, list := range lists {
		for _, resource := range list.APIResources {
			if resource.Kind == "JobSet" {
				return nil
			}
		}
	}
	return fmt.Errorf("JobSet is not among the preferred resources of %d versions", len(lists))
}

func restMapper(_ context.Context, on *cluster) error {
	cached := memory.NewMemCacheClient(on.client.Discovery())
	mapper := restmapper.NewShortcutExpander(restmapper.NewDeferredDiscoveryRESTMapper(cached), cached, nil)
	for _, c := range []struct{ asked, resource, kind string }{
		{"jobsets", "jobset.x-k8s.io/v1alpha2, Resource=jobsets", "jobset.x-k8s.io/v1alpha2, Kind=JobSet"},
		{"jobset", "jobset.x-k8s.io/v1alpha2, Resource=jobsets", "jobset.x-k8s.io/v1alpha2, Kind=JobSet"},
		{"po", "/v1, Resource=pods", "/v1, Kind=Pod"},
		{"deploy", "apps/v1, Resource=deployments", "apps/v1, Kind=Deployment"},
		{"job", "batch/v1, Resource=jobs", "batch/v1, Kind=Job"},
	} {
		resource, err := mapper.ResourceFor(schema.GroupVersionResource{Resource: c.asked})
		if err != nil {
			return err
		}
		kind, err := mapper.KindFor(resource)
		if err != nil {
			return err
		}
		if err := first(expect("resource for "+c.asked, c.resource, resource.String()),
			expect("kind of "+c.asked, c.kind, kind.String())); err != nil {
			return err
		}
	}
	mapping, err := mapper.RESTMapping(schema.GroupKind{Kind: "Node"})
	if err != nil {
		return err
	}
	return expect("scope of nodes", "root", string(mapping.Scope.Name()))
}

func openAPI(_ context.Context, on *cluster) error {
	paths, err := on.client.Discovery().OpenAPIV3().Paths()
	if err != nil {
		return err
	}
	for _, path := range []string{"api/v1", "apis/batch/v1", "apis/jobset.x-k8s.io/v1alpha2"} {
		group, found := paths[path]
		if !found {
			return fmt.Errorf("%s is not among the %d paths", path, len(paths))
		}
		body, err := group.Schema("application/json")
		if err != nil {
			return err
		}
		var document struct {
			OpenAPI    string `json:"openapi"`
			Components struct {
				Schemas map[string]any `json:"schemas"`
			} `json:"components"`
		}
		if err := json.Unmarshal(body, &document); err != nil {
			return err
		}
		if err := first(expect("openapi of "+path, "3.0.0", document.OpenAPI),
			expect(path+" has schemas", true, len(document.Components.Schemas) > 0)); err != nil {
			return err
		}
	}
	return nil
}

func health(ctx context.Context, on *cluster) error {
	for _, path := range []string{"/healthz", "/livez", "/readyz"} {
		body, err := on.client.RESTClient().Get().AbsPath(path).Do(ctx).Raw()
		if err != nil {
			return err
		}
		if err := expect(path, "ok", string(body)); err != nil {
			return err
		}
	}
	return nil
}
