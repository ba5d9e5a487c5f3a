// SPDX-License-Identifier: Apache-2.0
/**
 * Headers of sparse extents and where they say that things are; and the making of empty extents. May use the package
 * {@code extent} and the api bundle. Values are immutable.
 */
package org.platter.backend.vmdk.layout;
