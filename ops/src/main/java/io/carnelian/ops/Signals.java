package io.carnelian.ops;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * Process signals. The JDK offers them only through {@code sun.misc.Signal}, which it exports but
 * does not let a program name without a warning: hence the reflection, in this one place.
 */
final class Signals {
    private Signals() {}

    /**
     * Runs a task on every arrival of a signal, on a thread of the JVM's.
     *
     * @param name without SIG: {@code TERM}
     * @throws IllegalStateException if the JVM keeps the signal for itself or has no such door
     */
    static void on(String name, Runnable task) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler run =
                    (proxy, method, args) -> {
                        if (method.getName().equals("handle")) {
                            task.run();
                            return null;
                        }
                        return method.getName().equals("hashCode")
                                ? name.hashCode()
                                : (Object) name;
                    };
            Object proxy =
                    Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, run);
            Object wanted = signal.getConstructor(String.class).newInstance(name);
            signal.getMethod("handle", signal, handler).invoke(null, wanted, proxy);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot handle signal " + name, e);
        }
    }
}
