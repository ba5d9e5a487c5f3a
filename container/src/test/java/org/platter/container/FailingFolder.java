// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;
import org.platter.testkit.Faults;
import org.platter.testkit.FaultyStorage;
import org.platter.testkit.MemoryStorage;

/** Files in memory of which changes fail, those of names as well as those of content. */
final class FailingFolder extends MemoryProvider {
    private final Faults faults;
    private int names; // changes of names until one fails
    private boolean ever; // all after that fail too
    private ErrorCode refusal; // of writers, or null

    /** Starts with copies of these files; {@code onAccess} runs before every access to one. */
    FailingFolder(Map<String, MemoryStorage> files, Runnable onAccess) {
        this(files, onAccess, new Faults());
    }

    private FailingFolder(Map<String, MemoryStorage> files, Runnable onAccess, Faults faults) {
        super(storage -> new WatchedStorage(new FaultyStorage(storage, faults), onAccess));
        this.faults = faults;
        files.forEach((name, storage) -> put(name, storage.copy()));
    }

    /** When changes of content fail. */
    Faults faults() {
        return faults;
    }

    /** Lets the {@code nth} change of a name fail, or also all after it. */
    synchronized void failNames(int nth, boolean lasting) {
        names = nth;
        ever = lasting;
    }

    /** Lets opening for writing fail like this. */
    synchronized void refuseWriters(ErrorCode code) {
        refusal = code;
    }

    /** Nothing fails any more. */
    synchronized void heal() {
        faults.heal();
        names = 0;
        ever = false;
    }

    private void strike(URI location) throws DiskException {
        boolean fails = names > 0 ? --names == 0 : ever;
        if (fails) {
            throw new DiskException(ErrorCode.IO, location + ": planned failure");
        }
    }

    /** Copies of the files as they are. */
    @Override
    synchronized Map<String, MemoryStorage> files() {
        Map<String, MemoryStorage> files = new HashMap<>();
        super.files().forEach((name, storage) -> files.put(name, storage.copy()));
        return files;
    }

    @Override
    public synchronized Storage open(URI location, Set<Mode> modes) throws IOException {
        if (modes.contains(Mode.CREATE)) {
            strike(location);
        } else if (refusal != null && !modes.isEmpty()) {
            throw new DiskException(refusal, location + ": planned refusal");
        }
        return super.open(location, modes);
    }

    @Override
    public synchronized void delete(URI location) throws IOException {
        strike(location);
        super.delete(location);
    }

    @Override
    public synchronized void move(URI from, URI to) throws IOException {
        strike(from);
        super.move(from, to);
    }

    @Override
    public synchronized void replace(URI from, URI to) throws IOException {
        strike(from);
        super.replace(from, to);
    }
}
