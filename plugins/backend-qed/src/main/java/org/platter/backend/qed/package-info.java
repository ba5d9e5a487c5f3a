// SPDX-License-Identifier: Apache-2.0
/**
 * Images of QEMU's enhanced disk format, for reading. May use the API only. A backend keeps no state; an image has the
 * threading of {@link org.platter.format.Image}.
 */
package org.platter.backend.qed;
