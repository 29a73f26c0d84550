// Who one is and what one may.
package main

import (
	"context"
	"fmt"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

var accessChecks = []check{
	{"access: SelfSubjectAccessReview", selfAccess},
	{"access: SubjectAccessReview, before and after a role is given", subjectAccess},
	{"access: SelfSubjectRulesReview", selfRules},
	{"access: SelfSubjectReview", self},
	{"access: somebody else, by impersonation", impersonated},
	{"access: nobody, without a token", anonymous},
}

var listJobs = authorizationv1.ResourceAttributes{
	Namespace: namespace, Verb: "list", Group: "batch", Resource: "jobs",
}

func selfAccess(ctx context.Context, on *cluster) error {
	got, err := on.client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx,
		&authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
			ResourceAttributes: &listJobs}}, metav1.CreateOptions{})
	return first(err, expect("allowed", true, got.Status.Allowed))
}

func subjectAccess(ctx context.Context, on *cluster) error {
	may := func(ctx context.Context) (bool, error) {
		got, err := on.client.AuthorizationV1().SubjectAccessReviews().Create(ctx, &authorizationv1.SubjectAccessReview{
			Spec: authorizationv1.SubjectAccessReviewSpec{User: "reader", ResourceAttributes: &listJobs}}, metav1.CreateOptions{})
		if err != nil {
			return false, err
		}
		return got.Status.Allowed, nil
	}
	before, err := may(ctx)
	if err := first(err, expect("before", false, before)); err != nil {
		return err
	}
	rbac := on.client.RbacV1()
	_, err = rbac.Roles(namespace).Create(ctx, &rbacv1.Role{ObjectMeta: meta("lists-jobs"), Rules: []rbacv1.PolicyRule{
		{Verbs: []string{"list"}, APIGroups: []string{"batch"}, Resources: []string{"jobs"}}}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	defer func() { _ = rbac.Roles(namespace).Delete(ctx, "lists-jobs", metav1.DeleteOptions{}) }()
	_, err = rbac.RoleBindings(namespace).Create(ctx, &rbacv1.RoleBinding{ObjectMeta: meta("lists-jobs"),
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "lists-jobs"},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: "reader"}}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	defer func() { _ = rbac.RoleBindings(namespace).Delete(ctx, "lists-jobs", metav1.DeleteOptions{}) }()
	return eventually(ctx, "after", true, may)
}

func selfRules(ctx context.Context, on *cluster) error {
	got, err := on.client.AuthorizationV1().SelfSubjectRulesReviews().Create(ctx, &authorizationv1.SelfSubjectRulesReview{
		Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: namespace}}, metav1.CreateOptions{})
	return first(err, expect("there are rules", true, len(got.Status.ResourceRules) > 0),
		expect("incomplete", false, got.Status.Incomplete))
}

func self(ctx context.Context, on *cluster) error {
	got, err := on.client.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{},
		metav1.CreateOptions{})
	if err != nil {
		return err
	}
	for _, group := range got.Status.UserInfo.Groups {
		if group == "system:masters" {
			return nil
		}
	}
	return fmt.Errorf("expected a user in system:masters, got %v", got.Status.UserInfo)
}

func impersonated(ctx context.Context, on *cluster) error {
	config := rest.CopyConfig(on.config)
	config.Impersonate = rest.ImpersonationConfig{UserName: "stranger"}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	_, err = client.BatchV1().Jobs(namespace).List(ctx, metav1.ListOptions{})
	return first(expect(fmt.Sprint("forbidden is: ", err), true, apierrors.IsForbidden(err)), expect("message",
		`jobs.batch is forbidden: User "stranger" cannot list resource "jobs" in API group "batch" in the namespace "default"`,
		fmt.Sprint(err)))
}

func anonymous(ctx context.Context, on *cluster) error {
	client, err := kubernetes.NewForConfig(rest.AnonymousClientConfig(on.config))
	if err != nil {
		return err
	}
	_, err = client.BatchV1().Jobs(namespace).List(ctx, metav1.ListOptions{})
	if err := expect(fmt.Sprint("forbidden is: ", err), true, apierrors.IsForbidden(err)); err != nil {
		return err
	}
	config := rest.AnonymousClientConfig(on.config)
	config.BearerToken = "no-such-token"
	if client, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	_, err = client.BatchV1().Jobs(namespace).List(ctx, metav1.ListOptions{})
	return expect(fmt.Sprint("unauthorized is: ", err), true, apierrors.IsUnauthorized(err))
}
