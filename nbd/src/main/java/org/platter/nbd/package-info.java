// SPDX-License-Identifier: Apache-2.0
/**
 * The NBD server: the exporter service, its exports, the addresses it listens at. May use the packages below it; they
 * do not use this one. Services are safe for use by many threads.
 */
package org.platter.nbd;
