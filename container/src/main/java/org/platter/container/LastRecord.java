// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.runtime.ObjectMethods;
import java.util.List;

/**
 * Makes the Java library forget a class of a format that has left. Java 17 keeps, in one place each, the type for which
 * it last made {@code equals}, {@code hashCode} and {@code toString} of a record (JDK-8078641), and with it the class
 * loader, until somebody's next record takes the place: this one does.
 */
record LastRecord(String text) {
    static void forget() {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        try {
            MethodHandle text = lookup.findVirtual(LastRecord.class, "text", MethodType.methodType(String.class));
            for (String method : List.of("equals", "hashCode", "toString")) {
                ObjectMethods.bootstrap(lookup, method, MethodHandle.class, LastRecord.class, "text", text);
            }
        } catch (Throwable e) {
            throw new AssertionError("the library makes methods of any record", e);
        }
    }
}
