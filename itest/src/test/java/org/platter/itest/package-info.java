// SPDX-License-Identifier: Apache-2.0
/** Tests of the built bundles inside a framework; sees every module, but only as a bundle. */
package org.platter.itest;
