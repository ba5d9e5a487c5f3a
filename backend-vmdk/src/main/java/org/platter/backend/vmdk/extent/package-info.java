// SPDX-License-Identifier: Apache-2.0
/**
 * What an extent of a VMDK is, and the kinds without tables: flat, zero and inaccessible ones. May use the api bundle
 * only. Threading is stated on {@link org.platter.backend.vmdk.extent.Extent}.
 */
package org.platter.backend.vmdk.extent;
