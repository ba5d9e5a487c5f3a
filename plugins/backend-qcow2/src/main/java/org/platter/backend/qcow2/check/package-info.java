// SPDX-License-Identifier: Apache-2.0
/**
 * Judging a whole image: which clusters are referred to how often, what of that the file says wrongly, and mending it.
 * May use the packages {@code layout} and {@code table} and the api bundle. For one thread at a time.
 */
package org.platter.backend.qcow2.check;
