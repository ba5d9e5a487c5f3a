// SPDX-License-Identifier: Apache-2.0
/**
 * Structures of a QCOW2 file, one type each: what their bytes mean, and which are refused. May use the api bundle.
 * Everything is immutable.
 */
package org.platter.backend.qcow2.layout;
