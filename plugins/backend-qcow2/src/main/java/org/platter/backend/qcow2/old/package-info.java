// SPDX-License-Identifier: Apache-2.0
/**
 * QCOW, version 1: the format before QCOW2, for reading. May use the packages {@code layout}, {@code table} and {@code
 * stream} and the api bundle.
 */
package org.platter.backend.qcow2.old;
