// shapes.cpp - the shapes of parts that are stored as Raw: known to the field, though nothing here interprets them.
//
// One line per type: Name{field:type, …}. A type is bool, int32, int64, string, quantity, quantities, intstr, time, map
// (string to string), any, or the name of a shape or table; []type is a list of them, @key its list-map key. "!" after
// a field: required; "=json": the CRD's default. "*Name" stands for all fields of another table. Source: core/v1 of
// Kubernetes 1.36.
#include <map>

#include "engine/api/bind.hpp"
#include "engine/api/shape_text.hpp"

namespace jobset_twin::api::bind {
namespace {

constexpr std::string_view kShapes[] = {
    "SELinuxOptions{level:string, role:string, type:string, user:string}",
    "SeccompProfile{localhostProfile:string, type!:string}",
    "AppArmorProfile{localhostProfile:string, type!:string}",
    "WindowsSecurityContextOptions{gmsaCredentialSpec:string, gmsaCredentialSpecName:string, hostProcess:bool, "
    "runAsUserName:string}",
    "Capabilities{add:[]string, drop:[]string}",
    "SecurityContext{allowPrivilegeEscalation:bool, appArmorProfile:AppArmorProfile, capabilities:Capabilities, "
    "privileged:bool, "
    "procMount:string, readOnlyRootFilesystem:bool, runAsGroup:int64, runAsNonRoot:bool, runAsUser:int64, "
    "seLinuxOptions:SELinuxOptions, "
    "seccompProfile:SeccompProfile, windowsOptions:WindowsSecurityContextOptions}",
    "Sysctl{name!:string, value!:string}",
    "PodSecurityContext{appArmorProfile:AppArmorProfile, fsGroup:int64, fsGroupChangePolicy:string, runAsGroup:int64, "
    "runAsNonRoot:bool, "
    "runAsUser:int64, seLinuxChangePolicy:string, seLinuxOptions:SELinuxOptions, seccompProfile:SeccompProfile, "
    "supplementalGroups:[]int64, "
    "supplementalGroupsPolicy:string, sysctls:[]Sysctl, windowsOptions:WindowsSecurityContextOptions}",
    "HostAlias{hostnames:[]string, ip!:string}",
    "PodDNSConfigOption{name:string, value:string}",
    "PodDNSConfig{nameservers:[]string, options:[]PodDNSConfigOption, searches:[]string}",
    "PodOS{name!:string}",
    "PodResourceClaim{name!:string, resourceClaimName:string, resourceClaimTemplateName:string}",
    "ResourceClaim{name!:string, request:string}",
    "ContainerResizePolicy{resourceName!:string, restartPolicy!:string}",
    "VolumeDevice{devicePath!:string, name!:string}",
    "FileKeySelector{key!:string, optional:bool=false, path!:string, volumeName!:string}",
    "EphemeralContainer{*Container, targetContainerName:string}",
    // Volume sources.
    "SecretReference{name:string=\"\"}",
    "KeyToPath{key!:string, mode:int32, path!:string}",
    "DownwardAPIVolumeFile{fieldRef:ObjectFieldSelector, mode:int32, path!:string, "
    "resourceFieldRef:ResourceFieldSelector}",
    "EmptyDirVolumeSource{medium:string, sizeLimit:quantity}",
    "AWSElasticBlockStoreVolumeSource{fsType:string, partition:int32, readOnly:bool, volumeID!:string}",
    "AzureDiskVolumeSource{cachingMode:string, diskName!:string, diskURI!:string, fsType:string=\"ext4\", kind:string, "
    "readOnly:bool=false}",
    "AzureFileVolumeSource{readOnly:bool, secretName!:string, shareName!:string}",
    "CephFSVolumeSource{monitors!:[]string, path:string, readOnly:bool, secretFile:string, secretRef:SecretReference, "
    "user:string}",
    "CinderVolumeSource{fsType:string, readOnly:bool, secretRef:SecretReference, volumeID!:string}",
    "ConfigMapVolumeSource{defaultMode:int32, items:[]KeyToPath, name:string=\"\", optional:bool}",
    "CSIVolumeSource{driver!:string, fsType:string, nodePublishSecretRef:SecretReference, readOnly:bool, "
    "volumeAttributes:map}",
    "DownwardAPIVolumeSource{defaultMode:int32, items:[]DownwardAPIVolumeFile}",
    "PersistentVolumeClaimTemplate{metadata:ObjectMeta, spec!:PersistentVolumeClaimSpec}",
    "EphemeralVolumeSource{volumeClaimTemplate:PersistentVolumeClaimTemplate}",
    "FCVolumeSource{fsType:string, lun:int32, readOnly:bool, targetWWNs:[]string, wwids:[]string}",
    "FlexVolumeSource{driver!:string, fsType:string, options:map, readOnly:bool, secretRef:SecretReference}",
    "FlockerVolumeSource{datasetName:string, datasetUUID:string}",
    "GCEPersistentDiskVolumeSource{fsType:string, partition:int32, pdName!:string, readOnly:bool}",
    "GitRepoVolumeSource{directory:string, repository!:string, revision:string}",
    "GlusterfsVolumeSource{endpoints!:string, path!:string, readOnly:bool}",
    "HostPathVolumeSource{path!:string, type:string}",
    "ImageVolumeSource{pullPolicy:string, reference:string}",
    "ISCSIVolumeSource{chapAuthDiscovery:bool, chapAuthSession:bool, fsType:string, initiatorName:string, iqn!:string, "
    "iscsiInterface:string=\"default\", lun!:int32, portals:[]string, readOnly:bool, secretRef:SecretReference, "
    "targetPortal!:string}",
    "NFSVolumeSource{path!:string, readOnly:bool, server!:string}",
    "PhotonPersistentDiskVolumeSource{fsType:string, pdID!:string}",
    "PortworxVolumeSource{fsType:string, readOnly:bool, volumeID!:string}",
    "ClusterTrustBundleProjection{labelSelector:LabelSelector, name:string, optional:bool, path!:string, "
    "signerName:string}",
    "ConfigMapProjection{items:[]KeyToPath, name:string=\"\", optional:bool}",
    "DownwardAPIProjection{items:[]DownwardAPIVolumeFile}",
    "PodCertificateProjection{certificateChainPath:string, credentialBundlePath:string, keyPath:string, "
    "keyType!:string, "
    "maxExpirationSeconds:int32, signerName!:string, userAnnotations:map}",
    "SecretProjection{items:[]KeyToPath, name:string=\"\", optional:bool}",
    "ServiceAccountTokenProjection{audience:string, expirationSeconds:int64, path!:string}",
    "VolumeProjection{clusterTrustBundle:ClusterTrustBundleProjection, configMap:ConfigMapProjection, "
    "downwardAPI:DownwardAPIProjection, "
    "podCertificate:PodCertificateProjection, secret:SecretProjection, "
    "serviceAccountToken:ServiceAccountTokenProjection}",
    "ProjectedVolumeSource{defaultMode:int32, sources:[]VolumeProjection}",
    "QuobyteVolumeSource{group:string, readOnly:bool, registry!:string, tenant:string, user:string, volume!:string}",
    "RBDVolumeSource{fsType:string, image!:string, keyring:string=\"/etc/ceph/keyring\", monitors!:[]string, "
    "pool:string=\"rbd\", "
    "readOnly:bool, secretRef:SecretReference, user:string=\"admin\"}",
    "ScaleIOVolumeSource{fsType:string=\"xfs\", gateway!:string, protectionDomain:string, readOnly:bool, "
    "secretRef!:SecretReference, "
    "sslEnabled:bool, storageMode:string=\"ThinProvisioned\", storagePool:string, system!:string, volumeName:string}",
    "SecretVolumeSource{defaultMode:int32, items:[]KeyToPath, optional:bool, secretName:string}",
    "StorageOSVolumeSource{fsType:string, readOnly:bool, secretRef:SecretReference, volumeName:string, "
    "volumeNamespace:string}",
    "VsphereVirtualDiskVolumeSource{fsType:string, storagePolicyID:string, storagePolicyName:string, "
    "volumePath!:string}",
    "VolumeSource{awsElasticBlockStore:AWSElasticBlockStoreVolumeSource, azureDisk:AzureDiskVolumeSource, "
    "azureFile:AzureFileVolumeSource, "
    "cephfs:CephFSVolumeSource, cinder:CinderVolumeSource, configMap:ConfigMapVolumeSource, csi:CSIVolumeSource, "
    "downwardAPI:DownwardAPIVolumeSource, ephemeral:EphemeralVolumeSource, fc:FCVolumeSource, "
    "flexVolume:FlexVolumeSource, "
    "flocker:FlockerVolumeSource, gcePersistentDisk:GCEPersistentDiskVolumeSource, gitRepo:GitRepoVolumeSource, "
    "glusterfs:GlusterfsVolumeSource, hostPath:HostPathVolumeSource, image:ImageVolumeSource, iscsi:ISCSIVolumeSource, "
    "nfs:NFSVolumeSource, photonPersistentDisk:PhotonPersistentDiskVolumeSource, portworxVolume:PortworxVolumeSource, "
    "projected:ProjectedVolumeSource, quobyte:QuobyteVolumeSource, rbd:RBDVolumeSource, scaleIO:ScaleIOVolumeSource, "
    "secret:SecretVolumeSource, storageos:StorageOSVolumeSource, vsphereVolume:VsphereVirtualDiskVolumeSource}",
    "TypedLocalObjectReference{apiGroup:string, kind!:string, name!:string}",
    "TypedObjectReference{apiGroup:string, kind!:string, name!:string, namespace:string}",
    "ModifyVolumeStatus{status!:string, targetVolumeAttributesClassName:string}",
    // Elsewhere.
    "ManagedFieldsEntry{apiVersion:string, fieldsType:string, fieldsV1:any, manager:string, operation:string, "
    "subresource:string, time:time}",
    "NodeSwapStatus{capacity:int64}",
    "NodeSystemInfo{architecture:string, bootID:string, containerRuntimeVersion:string, kernelVersion:string, "
    "kubeProxyVersion:string, "
    "kubeletVersion:string, machineID:string, operatingSystem:string, osImage:string, swap:NodeSwapStatus, "
    "systemUUID:string}",
    "ClientIPConfig{timeoutSeconds:int32}",
    "SessionAffinityConfig{clientIP:ClientIPConfig}",
    "ServiceStatus{conditions:[]Condition@type, loadBalancer:any}",
};

// Sets shape, list and object of a field from the name of a type.
void setShape(FieldInfo& field, std::string_view type, const TableLookup& tables = tableNamed) {
  static const std::map<std::string_view, Shape> kSimple = {{"bool", Shape::kBool},
                                                            {"int32", Shape::kInt32},
                                                            {"int64", Shape::kInt64},
                                                            {"string", Shape::kString},
                                                            {"time", Shape::kTime},
                                                            {"microtime", Shape::kMicroTime},
                                                            {"quantity", Shape::kQuantity},
                                                            {"quantities", Shape::kQuantityMap},
                                                            {"intstr", Shape::kIntOrString},
                                                            {"map", Shape::kStringMap},
                                                            {"any", Shape::kAny}};
  if (const std::size_t at = type.find('@'); at != std::string_view::npos) {
    field.list_keys.emplace_back(type.substr(at + 1));
    field.patch_key = type.substr(at + 1);
    type = type.substr(0, at);
  }
  if (type.substr(0, 2) == "[]") {
    field.list = true;
    type.remove_prefix(2);
  }
  if (const auto simple = kSimple.find(type); simple != kSimple.end()) {
    field.shape = simple->second;
    return;
  }
  field.shape = Shape::kObject;
  field.object = tables(type);
}

}  // namespace
}  // namespace jobset_twin::api::bind

namespace jobset_twin::api {

std::string_view shapeName(std::string_view text) { return text.substr(0, text.find('{')); }

void readShape(std::string_view text, const TableLookup& tables, TypeInfo& info) {
  const std::size_t brace = text.find('{');
  std::string_view rest = text.substr(brace + 1, text.size() - brace - 2);
  info.name = shapeName(text);
  info.go_name = info.name;
  while (!rest.empty()) {
    std::size_t comma = rest.find(", ");
    std::string_view item = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 2);
    if (item[0] == '*') {
      for (FieldInfo copy : tables(item.substr(1))->fields) {
        copy.type = nullptr;  // a shape has no accessors
        copy.member = nullptr;
        info.fields.push_back(std::move(copy));
      }
      continue;
    }
    FieldInfo field;
    const std::size_t colon = item.find(':');
    TWIN_ASSERT(colon != std::string_view::npos, "a field of a shape needs a type", item);
    std::string_view field_name = item.substr(0, colon), type = item.substr(colon + 1);
    if (const std::size_t equal = type.find('='); equal != std::string_view::npos) {
      field.default_json = type.substr(equal + 1);
      type = type.substr(0, equal);
    }
    if (field_name.back() == '!') {
      field.required = true;
      field_name.remove_suffix(1);
    }
    field.name = field_name;
    bind::setShape(field, type, tables);
    info.fields.push_back(std::move(field));
  }
  finishType(info);
}

}  // namespace jobset_twin::api

namespace jobset_twin::api::bind {

Row& Row::shaped(std::string_view shape) {
  setShape(field_, shape);
  return *this;
}

Row accepted(std::string_view name, std::string_view shape) {
  FieldInfo field;
  field.name = name;
  field.written = false;
  setShape(field, shape);
  return Row(std::move(field));
}

void defineShapes() {
  for (const std::string_view shape : kShapes) readShape(shape, tableNamed, named(shapeName(shape)));
}

}  // namespace jobset_twin::api::bind
