// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.util.List;
import org.platter.testkit.DiskModel;

/** That the image {@code top} opens with its parents and reads as one of the models allows. */
record Expectation(String top, List<DiskModel> models) {
    /** Some of several: of each list the first whose file exists must hold. */
    record Promise(List<List<Expectation>> all) {
        static Promise of(Expectation one) {
            return new Promise(List.of(List.of(one)));
        }

        static Promise either(Expectation old, Expectation fresh) {
            return new Promise(List.of(List.of(old, fresh)));
        }

        static Promise both(Expectation one, Expectation other) {
            return new Promise(List.of(List.of(one), List.of(other)));
        }
    }

    /** That it reads exactly so. */
    static Expectation of(String top, byte[] view) {
        return new Expectation(top, List.of(DiskModel.exactly(view)));
    }
}
