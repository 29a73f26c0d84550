// Lists: pages, selectors, versions, other forms of objects.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/pager"
)

var listChecks = []check{
	{"lists: pages with limit and continue", pages},
	{"lists: pages stay at one version", pagesAreConsistent},
	{"lists: a pager sees all", pagerSeesAll},
	{"lists: a continue token that is none", badContinue},
	{"lists: selectors of labels and fields", selectors},
	{"lists: at a version", atVersion},
	{"lists: only the metadata", onlyMetadata},
	{"lists: as a table", asTable},
	{"lists: a collection is deleted by labels", deletedCollection},
}

// withMaps makes so many ConfigMaps, labelled, for the time of a check.
func withMaps(ctx context.Context, on *cluster, label string, count int, run func(selector string) error) error {
	maps := on.client.CoreV1().ConfigMaps(namespace)
	selector := metav1.ListOptions{LabelSelector: "set=" + label}
	defer func() { _ = maps.DeleteCollection(ctx, metav1.DeleteOptions{}, selector) }()
	for i := range count {
		if _, err := maps.Create(ctx, configMap(fmt.Sprintf("%s-%02d", label, i), "set", label), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return run(selector.LabelSelector)
}

func pages(ctx context.Context, on *cluster) error {
	return withMaps(ctx, on, "pages", 7, func(selector string) error {
		var names []string
		options := metav1.ListOptions{LabelSelector: selector, Limit: 3}
		for page := 0; ; page++ {
			list, err := on.client.CoreV1().ConfigMaps(namespace).List(ctx, options)
			if err != nil {
				return err
			}
			if err := expect(fmt.Sprintf("items of page %d", page), min(3, 7-3*page), len(list.Items)); err != nil {
				return err
			}
			for _, item := range list.Items {
				names = append(names, item.Name)
			}
			if options.Continue = list.Continue; options.Continue == "" {
				break
			}
		}
		return expect("names", "pages-00 pages-01 pages-02 pages-03 pages-04 pages-05 pages-06", strings.Join(names, " "))
	})
}

func pagesAreConsistent(ctx context.Context, on *cluster) error {
	return withMaps(ctx, on, "steady", 4, func(selector string) error {
		maps := on.client.CoreV1().ConfigMaps(namespace)
		one, err := maps.List(ctx, metav1.ListOptions{LabelSelector: selector, Limit: 2})
		if err != nil {
			return err
		}
		if err := maps.Delete(ctx, "steady-03", metav1.DeleteOptions{}); err != nil {
			return err
		}
		two, err := maps.List(ctx, metav1.ListOptions{LabelSelector: selector, Limit: 2, Continue: one.Continue})
		if err != nil {
			return err
		}
		return first(expect("version of the second page", one.ResourceVersion, two.ResourceVersion),
			expect("items of the second page, as they were at the first", 2, len(two.Items)))
	})
}

func pagerSeesAll(ctx context.Context, on *cluster) error {
	return withMaps(ctx, on, "paged", 9, func(selector string) error {
		seen := 0
		list := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return on.client.CoreV1().ConfigMaps(namespace).List(ctx, options)
		})
		list.PageSize = 2
		err := list.EachListItem(ctx, metav1.ListOptions{LabelSelector: selector}, func(runtime.Object) error {
			seen++
			return nil
		})
		return first(err, expect("seen", 9, seen))
	})
}

func badContinue(ctx context.Context, on *cluster) error {
	_, err := on.client.CoreV1().ConfigMaps(namespace).List(ctx, metav1.ListOptions{Limit: 1, Continue: "nonsense"})
	return expect(fmt.Sprint("a bad request is: ", err), true, apierrors.IsBadRequest(err))
}

func selectors(ctx context.Context, on *cluster) error {
	return withMaps(ctx, on, "chosen", 3, func(selector string) error {
		for _, c := range []struct {
			labels, fields string
			want           int
		}{
			{selector, "", 3},
			{"set in (chosen,other)", "", 3},
			{"set notin (chosen),set", "", 0},
			{selector, "metadata.name=chosen-01", 1},
			{selector, "metadata.name!=chosen-01", 2},
			{selector, "metadata.namespace=default,metadata.name==chosen-02", 1},
		} {
			list, err := on.client.CoreV1().ConfigMaps(namespace).List(ctx,
				metav1.ListOptions{LabelSelector: c.labels, FieldSelector: c.fields})
			if err != nil {
				return fmt.Errorf("%s; %s: %w", c.labels, c.fields, err)
			}
			if err := expect(c.labels+"; "+c.fields, c.want, len(list.Items)); err != nil {
				return err
			}
		}
		return nil
	})
}

func atVersion(ctx context.Context, on *cluster) error {
	return withMaps(ctx, on, "versioned", 1, func(selector string) error {
		maps := on.client.CoreV1().ConfigMaps(namespace)
		for _, options := range []metav1.ListOptions{
			{ResourceVersion: "0"}, {ResourceVersion: "1", ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan},
		} {
			options.LabelSelector = selector
			list, err := maps.List(ctx, options)
			if err != nil {
				return err
			}
			if err := expect("items at "+options.ResourceVersion, 1, len(list.Items)); err != nil {
				return err
			}
		}
		_, err := maps.List(ctx, metav1.ListOptions{ResourceVersion: "99999999",
			ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan})
		return expect(fmt.Sprint("a version that is not yet: ", err), true, apierrors.IsTimeout(err))
	})
}

func onlyMetadata(ctx context.Context, on *cluster) error {
	return withMaps(ctx, on, "bare", 2, func(selector string) error {
		client, err := metadata.NewForConfig(on.config)
		if err != nil {
			return err
		}
		maps := client.Resource(coreV1("configmaps")).Namespace(namespace)
		list, err := maps.List(ctx, metav1.ListOptions{LabelSelector: selector})
		if err != nil {
			return err
		}
		if err := expect("items", 2, len(list.Items)); err != nil {
			return err
		}
		one, err := maps.Get(ctx, "bare-00", metav1.GetOptions{})
		return first(err, expect("label", "bare", one.Labels["set"]))
	})
}

func asTable(ctx context.Context, on *cluster) error {
	var table metav1.Table
	body, err := on.client.CoreV1().RESTClient().Get().Resource("nodes").
		SetHeader("Accept", "application/json;as=Table;g=meta.k8s.io;v=v1").Do(ctx).Raw()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, &table); err != nil {
		return fmt.Errorf("%w: %.200s", err, body)
	}
	if err := first(expect("kind", "Table", table.Kind), expect("rows", true, len(table.Rows) > 0)); err != nil {
		return err
	}
	var names []string
	for _, column := range table.ColumnDefinitions {
		names = append(names, column.Name)
	}
	return first(expect("columns", "Name Status Roles Age Version Internal-IP External-IP OS-Image Kernel-Version Container-Runtime",
		strings.Join(names, " ")), expect("a row holds its object's metadata", true, table.Rows[0].Object.Raw != nil))
}

func deletedCollection(ctx context.Context, on *cluster) error {
	return withMaps(ctx, on, "gone", 3, func(selector string) error {
		maps := on.client.CoreV1().ConfigMaps(namespace)
		chosen := metav1.ListOptions{LabelSelector: selector}
		if err := maps.DeleteCollection(ctx, metav1.DeleteOptions{}, chosen); err != nil {
			return err
		}
		list, err := maps.List(ctx, chosen)
		return first(err, expect("left", 0, len(list.Items)))
	})
}
