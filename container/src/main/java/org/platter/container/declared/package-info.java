// SPDX-License-Identifier: Apache-2.0
/**
 * Disks that configurations declare: attached while the configuration is there and their formats are. May use {@code
 * container} and the API. Each disk has a lock of its own, held while it is attached and detached.
 */
package org.platter.container.declared;
