// SPDX-License-Identifier: Apache-2.0
package org.platter.container.image;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.platter.container.format.SignatureGuard;
import org.platter.error.DiskException;

/** What opening an image has shown and its users should know. Safe for use by many threads. */
public final class LayerFacts {
    private final List<String> notes = new CopyOnWriteArrayList<>();
    private volatile DiskException refusal; // null unless writing was wanted
    private volatile String unsure; // null if the parent is sure
    private volatile SignatureGuard guard; // null if the format was named

    /** Adds a sentence that users should read. */
    public void note(String sentence) {
        notes.add(sentence);
    }

    List<String> notes() {
        return notes;
    }

    /** Says why the image is open for reading although somebody wanted to write. */
    void refused(DiskException why) {
        refusal = why;
    }

    /** Why the image could not be opened for writing, if that was wanted. */
    public Optional<DiskException> refusal() {
        return Optional.ofNullable(refusal);
    }

    /** Says that the parent is not surely the one that the image was made on; the disk is not written then. */
    public void unsure(String why) {
        unsure = why;
        note(why);
    }

    /** Why the parent is not sure, if it is not. */
    public Optional<String> unsure() {
        return Optional.ofNullable(unsure);
    }

    void guard(SignatureGuard writes) {
        guard = writes;
    }

    /** What refuses writes that would change the disk's format, or null. */
    public SignatureGuard guard() {
        return guard;
    }
}
