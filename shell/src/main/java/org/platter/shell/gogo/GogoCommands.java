// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.gogo;

import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.platter.shell.Interpreter;

/** Registers every command as a Gogo function, as long as there is Gogo. */
@Component(service = {})
public final class GogoCommands {
    static final String SCOPE = "disk";

    private final List<ServiceRegistration<?>> registrations = new ArrayList<>();

    /** Registers the functions. */
    @Activate
    public GogoCommands(
            BundleContext context, @Reference CommandProcessor processor, @Reference Interpreter interpreter) {
        for (String name : Interpreter.commands()) {
            register(context, name, new CommandFunction(interpreter, name));
        }
        register(context, "help", new HelpFunction());
        if (jline()) {
            register(context, "_complete", new CompleteFunction(interpreter));
            register(context, "_completions", new CompletionsFunction());
        }
        registrations.add(context.registerService(Converter.class, new ResultConverter(), null));
        registrations.add(context.registerService(Converter.class, new BundleConverter(context), null));
    }

    @Deactivate
    void stop() {
        registrations.forEach(ServiceRegistration::unregister);
    }

    private void register(BundleContext context, String name, Function function) {
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put(CommandProcessor.COMMAND_SCOPE, SCOPE);
        properties.put(CommandProcessor.COMMAND_FUNCTION, name);
        registrations.add(context.registerService(Function.class, function, properties));
    }

    private static boolean jline() {
        try {
            Class.forName("org.jline.reader.ParsedLine", false, GogoCommands.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
