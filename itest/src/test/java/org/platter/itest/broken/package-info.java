// SPDX-License-Identifier: Apache-2.0
/** A format that goes wrong, packed into a bundle by the tests that install it. */
package org.platter.itest.broken;
