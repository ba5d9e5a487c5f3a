// SPDX-License-Identifier: Apache-2.0
/**
 * Grain directories and grain tables, and what is in use in their file. May use the packages {@code extent} and
 * {@code layout} and the api bundle. Threading is stated on each type.
 */
package org.platter.backend.vmdk.table;
